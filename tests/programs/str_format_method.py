# str.format and its mini language.
print("{} {}".format(1, 2), "{1} {0}".format("a", "b"), "{x} {y!r}".format(x=1, y="s"), "{{}}".format())
print("{0[1]} {0[k]}".format({1: "one", "k": "kay"}), "{0.real} {0.imag}".format(3), "{0[0]}{0[2]}".format("xyz"))
print("{:>8}|{:<8}|{:^8}|{:*^8}|{:08}|{:+}|{:,}".format("r", "l", "c", "s", 42, 7, 1234567))
print("{:x} {:o} {:b} {:#x} {:c} {:e} {:.2f} {:%}".format(255, 8, 5, 255, 65, 1234.5, 2.345, 0.5))
print("{:.3}|{:10.3}|{:>10.3}".format("abcdef", "abcdef", "abcdef"), "{:{}}|{:{w}.{p}}".format("a", 5, "abcdef", w=8, p=2))
print("{!s} {!r} {!a}".format("é", "é", "é"), "{:s}".format("text"), "{:d}".format(True), "{}".format(None))
for template, args in (("{} {}", (1,)), ("{a}", ()), ("{:d}", ("x",)), ("{", ()), ("}", ()), ("{:z}", (1,)), ("{0} {}", (1, 2))):
    try:
        print(template.format(*args))
    except (IndexError, KeyError, ValueError) as error:
        print(template, "->", type(error).__name__, error)


class Money:
    def __format__(self, spec):
        return f"<{spec}>"


print("{:abc} {}".format(Money(), Money()), format(Money(), "z"), "%s" % "old", "%-5s|%5s" % ("a", "b"))
print("{a[x]} {a[y][0]}".format(a={"x": 1, "y": [2]}), "{:>{width}}".format("hi", width=6))
