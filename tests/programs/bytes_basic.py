# bytes: literals, indexing, methods, repr.
b = b"hello\x00\xff\n"
print(b, len(b), b[0], b[-1], b[1:4], b[::-1], list(b[:5]), b"it's", b'"', b"\\")
print(bytes(3), bytes([1, 2, 255]), bytes("é", "utf-8"), bytes(b"copy"), bytes(range(65, 70)), bytes())
print(b"a" + b"b", b"ab" * 3, b"a" in b"abc", 97 in b"abc", b"a" < b"b", b"a" == "a", b"abc" == b"abc")
print(b"a,b,c".split(b","), b" x ".strip(), b"abc".upper(), b"abc".find(b"c"), b"abc".replace(b"b", b"--"), b"-".join([b"x", b"y"]))
print(b"abc".hex(), bytes.fromhex("00ff 10"), b"abc".startswith(b"ab"), b"a b".title(), b"42".zfill(5), b"abc".index(b"b"))
print(b"caf\xc3\xa9".decode(), b"\xe9".decode("latin-1"), b"abc".decode("ascii"), b"\xff".decode("utf-8", "replace"))
for bad in ("b'\\xff'.decode()", "bytes([256])", "b'a' + 'b'", "b'abc'[5]", "bytes('x')", "bytes(-1)", "b'\\xc3('.decode()"):
    try:
        print(eval(bad))
    except Exception as error:
        print(bad, "->", type(error).__name__ + ":", error)
print(hash(b"abc") == hash(bytes([97, 98, 99])), {b"k": 1}[b"k"], b"%d-%s" % (5, b"x"), b"abc".count(b""))
