# Case, padding, stripping and predicates.
s = "Hello wORLD"
print(s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), s.casefold(), "ß".upper(), "ŉ".title())
print("[" + "x".ljust(5) + "]", "[" + "x".rjust(5, ".") + "]", "[" + "x".center(6, "*") + "]", "42".zfill(5), "-42".zfill(5))
print("  pad ".strip() + "|", "  pad ".lstrip() + "|", "  pad ".rstrip() + "|", "xxhixx".strip("x"), "abcba".strip("ab"))
for t in ("abc", "ABC", "Abc", "123", "a1", "", " ", "\t\n", "x_1", "1x", "½", "²", "é", "Title Case"):
    print(
        repr(t), t.isalpha(), t.isdigit(), t.isdecimal(), t.isnumeric(), t.isalnum(), t.isspace(),
        t.islower(), t.isupper(), t.istitle(), t.isidentifier(), t.isascii(), t.isprintable(),
    )
print("a\tb\tcc\td".expandtabs(4), "ab".join(["1", "2", "3"]), "".join([]), ", ".join("xyz"))
try:
    ",".join(["a", 1])
except TypeError as error:
    print(error)
print("x" * 3, 3 * "ab", "x" * 0, "x" * -1, "a" "b", "abc" + "def")
