# Searching and splitting.
s = "the quick brown fox jumps over the lazy dog"
print(s.find("the"), s.rfind("the"), s.find("cat"), s.find("the", 1), s.find("e", 3, 10), s.count("o"), s.count(""))
print(s.index("quick"), s.startswith("the"), s.endswith(("cat", "dog")), s.startswith("quick", 4), "fox" in s)
print(s.split(), s.split("the"), s.split(" ", 2), s.rsplit(" ", 2), s.split("o", -1))
print("a,b,,c,".split(","), ",".split(","), "".split(","), "".split(), "  a  b ".split(), " a b ".split(" "))
print(s.partition(" brown "), s.rpartition("the"), s.partition("cat"), s.rpartition("cat"))
print("line one\nline two\r\nthree\n".splitlines(), "a\nb\n".splitlines(True), "".splitlines())
print(s.replace("the", "a"), s.replace("o", "0", 2), "aaa".replace("aa", "b"), "abc".replace("", "-"))
for bad in ("s.index('cat')", "s.split('')", "s.rindex('cat')", "s.partition('')"):
    try:
        eval(bad)
    except ValueError as error:
        print(bad, "->", error)
print("mississippi".replace("ss", "SS").translate({ord("i"): "!", ord("p"): None}))
print("abcabc".removeprefix("abc"), "abcabc".removesuffix("bc"), "abc".removeprefix("x"))
