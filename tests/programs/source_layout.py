# Continuations, tabs, comments, unicode identifiers, numbers and strings in odd spellings.
total = 1 + \
    2 + \
    3
values = [
    1,  # one
    2,

    # a comment between
    3,
]
if total == 6: print("one line"); print("two statements")
if True:
	tabbed = "tab"
	if tabbed:
		print(tabbed)
größe = 5
变量 = 6
ªº = 7
print(größe + 变量 + ao, total, values)
ﬁ = "ligature"
print(fi)
print(0xDEAD_BEEF, 0b1_0, 0o7_7, 1_000.5_0, 1e1_0, .5, 5., 1J, 0_0, 00)
print("a" 'b' """c""" '''d''', r"\x", "\x41\u00e9\U0001F600\101\N{DIGIT ONE}")
print('''triple "quoted"
 with lines''', "continued \
here")


def f(a,
      b=(1,
         2),
      *, c
      ): return (a
                 , b, c)


print(f(1,
        c=3))
x = (
    "implicit "
    "concatenation "
    f"{total} "
    r"\raw"
)
print(x); del x
class C: a = 1; b = 2
print(C.a + C.b, C().b)
print({**{'a':1},'b':2}, [*'ab',], (1,), {1,}, lambda:0 if 1 else 2 and 3)if 0 else print("end")
print(1 if 1 else 2, [(x)for x in (1,2)], 1 .real, 1..real)
