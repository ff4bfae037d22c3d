# Strings whose characters need one, two or four bytes.
texts = ["", "plain ascii", "café", "naïve ÿ", "Ωmega", "日本語", "a😀b", "😀" * 3, "mix é Ω 😀"]
for s in texts:
    print(s, len(s), repr(s), ascii(s), s.upper(), s[::-1], [ord(c) for c in s[:3]])
joined = "".join(texts)
print(len(joined), joined[11], joined[-1], joined[10:20], joined.count("é"), joined.find("😀"), joined.index("Ω"))
print(texts[2] + texts[4], texts[4] + texts[7], (texts[7] + texts[1])[3:], (texts[7] + texts[2])[-1:])
print("é" < "Ω" < "日" < "😀", sorted("😀aΩé日"), max("aé😀"), "é" == "\xe9", "Ω" == "\u03a9", "😀" == "\U0001f600")
print("\N{GREEK SMALL LETTER ALPHA}", "\x41\t\\\'\"", "a\
b", r"\n", "\0".encode(), len("\r\n"))
print(hash("abc") == hash("ab" + "c"), "é" in "café", "x" in "café", "" in "", "日本" in "日本語")
print(chr(97), chr(233), chr(937), chr(128512), ord("😀"), chr(0x10FFFF) == "\U0010ffff")
for bad in (-1, 0x110000):
    try:
        chr(bad)
    except ValueError as error:
        print(error)
