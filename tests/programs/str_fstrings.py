# Formatted string literals.
name, n, x = "world", 42, 3.14159
print(f"hello {name}!", f"{n}{n}", f"{{{n}}}", f"{n + 1} {n * 2}", f"{name!r} {name!s} {name!a}", f"{x:.2f}")
print(f"{n=} {n = } {x=:.1f} {name=!s} {n+1=}", f"{'nested ' + f'{n}'}", f"{n:>{5 + 1}}|{n:<6}|{n:^6}|")
print(f"{[i * i for i in range(4)]} {({1: 2})[1]} {(lambda v: v + 1)(3)} {n if n > 40 else 0}")
print(f"{name:{'>'}{10}}|{name[0]}{name[-1]}{name.upper()}|{'a' 'b'}|{"same quotes"}", f'{'\n'.join(["l1", "l2"])}')
print(f"line one {n}\n"
      f"line two {x:6.3f} "
      "plain {not replaced}")
print(rf"raw \n {n}", f"{n:#x} {n:08b} {n:,} {-n:+} {1e10:g} {True} {None}", f"", f"{''}")
value = {"key": [1, 2, 3]}
print(f"{value['key'][1]} {len(value)} {value}", f"""triple {n
    + 1} done""")


class P:
    def __format__(self, spec):
        return "P(" + spec + ")"

    def __repr__(self):
        return "<P>"


print(f"{P()} {P():x y} {P()!r:>6} {P()=}", f"{n!r:>5}")
try:
    print(f"{undefined}")
except NameError as error:
    print(error)
