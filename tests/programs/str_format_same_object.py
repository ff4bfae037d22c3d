"""Formatting that changes nothing gives the very same string; precisions near the largest C int are refused."""
text = "some text of its own"


class Sub(str):
    pass


sub = Sub(text)
print("%s" % text is text, "%.100s" % text is text, "%3s" % text is text, "%-3s" % text is text)
print("{}".format(text) is text, "{0:s}".format(text) is text, "{:.90}".format(text) is text)
print("{:5}".format(text) is text, "{!s}".format(text) is text, "{x}".format_map({"x": text}) is text)
print(text % () is text, text % {} is text, text.format() is text, text.format_map({}) is text)
print(format(text) is text, format(text, "s") is text, format(text, "4") is text, text.__format__("") is text)
print(f"{text}" is text, f"{text!s}" is text)
print("%5.3s" % text is text, "%s!" % text is text, "%.3s" % text, "{:.3}".format(text))

# Of subclasses too, unless they are converted first.
print(sub % () is sub, sub.format() is sub, type(sub.format(1)), type(str.__format__(sub, "s")))
print(type("%s" % sub), type("{}".format(sub)), type(f"{sub}"), type(format(sub)))

# Results are strings of their own otherwise.
print("%s%s" % (text, "!"), "{0}{0}".format("ab"), "a{}".format("b"), "{}b".format("a"), "%s%%" % 5)
print("{:{}}|".format("x", 3), "{:{}{}}|".format("x", "*^", 5), "{{}}".format(), "{{".format(), "}}x".format())
print("é%s" % "€", "%sé" % "€", "{}{}".format("é", "€"), "%c%s" % ("a", ""), "%s%s" % ("", ""))

top = 2**31 - 1
for value in 1.5, 1e300, 0.0, float("nan"), 1 + 2j:
    for precision in top, top - 1, top - 1023, top + 1:
        for code in "fegFEG%n", "":
            for c in code or " ":
                try:
                    format(value, f".{precision}{c.strip()}")
                except ValueError as problem:
                    pass
                else:
                    print("accepted", value, precision, c)
for template in "%.{}f", "%.{}e", "%.{}g":
    for precision in top, top - 1023, top + 1:
        template_ = template.format(precision)
        for made in template_, template_.encode():
            try:
                made % 1.5
            except ValueError as problem:
                print(made, problem)
