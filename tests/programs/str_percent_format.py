# Formatting by the percent operator.
print("%s %r %a" % ("é", "é", "é"), "%d %i %u" % (1, -2, 3), "%5d|%-5d|%05d|%+d|% d" % (42, 42, 42, 42, 42))
print("%x %X %#x %o %#o" % (255, 255, 255, 8, 8), "%f %.2f %10.3f %-10.1f|" % (1.5, 2.345, 3.14159, 2.5))
print("%e %.1e %g %G" % (12345.678, 0.00012, 1e-5, 1e20), "%c%c" % ("a", 98), "100%%" % (), "%s" % (1,), "%s" % [1, 2])
print("%(name)s is %(age)d" % {"name": "Ann", "age": 30}, "%*d|%-*d|%.*f" % (6, 42, 6, 42, 2, 3.14159))
print("%s" % ((1, 2),), "%s %s" % ("a", None), "%.3s|%5.2s|" % ("abcdef", "xyz"), "%d" % 10**25, "%d" % 3.99)
for template, value in (("%d", "x"), ("%s %s", (1,)), ("%s", (1, 2)), ("%q", 1), ("%(a)s", {}), ("%c", "ab"), ("%", 1)):
    try:
        print(template % value)
    except (TypeError, ValueError, KeyError) as error:
        print(template, "->", type(error).__name__, error)
