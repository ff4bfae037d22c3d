# Expressions that a compiler may fold must give the same results and errors as unfolded ones.
one, two, ten, text = 1, 2, 10, "ab"
print(2**10 == two**ten, 1 + 2 * 3, 7 // 2, -7 // 2, 7 % -3, 1 << 10, 0.1 + 0.2 == 0.1 * 3, "ab" * 3 == text * 3, (1, 2) + (3,), -(-5))
print("abc"[1], (1, 2, 3)[-1], "ab" "cd"[1:], not None, not (), 1 if "" else 2, 1 and 0 or 3, "x" in ("x", "y"), 3 in {1, 2, 3})
for attempt in (lambda: 1 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: 0**-1, lambda: 1 << -1, lambda: "abc"[10], lambda: "a" + 1, lambda: -"a", lambda: (1, 2)[5], lambda: "%d" % "x"):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
print(len("a" * 5000), len((0,) * 3000), 2**200 % 1000, 1e308 * 10, -0.0, 0.0 == -0.0, [0.0, -0.0], 1 == 1.0, (1, 1.0, True)[2])
print(type(1), type(1.0), type(1 + 0.0), type(True + 0), type(2**-1), type(4 / 2), type(4 // 2.0), 10**20 - 10**20, 5 .__add__(1))
if 0:
    print("never")
elif "":
    print("never")
else:
    print("the else")
while 0:
    print("never")
while 1:
    break
assert 1, "never"
print([x for x in (1, 2, 3) if 1], "yes" if 1 else undefined, 0 and undefined, 1 or undefined)
a = 1, 2, 3
b = [1, 2, 3]
c = {1, 2, 3}
print(a, b, sorted(c), [] == [], () == (), (a, *b), {"k": 1, "l": (1, 2)}, frozenset({1}) == {1})
print("%s %s" % (1, 2), "%r" % ("x",), f"{1}{'a'}{2!r}", "%d%%" % 5, "a%sb" % "-", "{}".format(3))
