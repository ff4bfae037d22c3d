# Subclasses of str and bytes, and the methods that formatting calls.
class S(str):
    def hello(self): return "hi " + self
s = S("abc"); t = S("h\xe9llo\u1234")
print(s, repr(s), type(s).__name__, s.hello(), len(t), t, s == "abc", "abc" == s, hash(s) == hash("abc"), {s: 1}["abc"], s is str(s), type(str(s)).__name__)
s.x = 5; print(s.x, s.__dict__)
print(type(s + "x").__name__, type(s[:]).__name__, type(s.upper()).__name__, type(s * 1).__name__, type("".join([s])).__name__, type(s.strip()).__name__, type(s.replace("q","")).__name__, type("%s" % s).__name__, type(f"{s}").__name__)
print(type(s.split("q")[0]).__name__, type(s.partition("q")[0]).__name__, type(s.center(1)).__name__, type(s.zfill(1)).__name__, type(s.removeprefix("")).__name__, type(s.expandtabs()).__name__, type(s.translate({})).__name__)
print(type(format(s)).__name__, type(str.__str__(s)).__name__, type(s.__str__()).__name__)
class B(bytes): pass
b = B(b"abc"); print(b, type(b).__name__, b == b"abc", type(b[:]).__name__, type(b + b"").__name__, type(b.upper()).__name__, type(bytes(b)).__name__, type(b.strip()).__name__, hash(b) == hash(b"abc"), type(b"".join([b])).__name__, type(b.replace(b"q", b"")).__name__)
print(B.fromhex("6162"), type(B.fromhex("6162")).__name__)
class BA(bytearray): pass
ba = BA(b"abc"); ba.y = 1; print(ba, type(ba[:]).__name__, type(ba.upper()).__name__, type(ba + b"").__name__, type(ba.copy()).__name__, type(BA.fromhex("61")).__name__)
ba += b"x"; print(ba, type(ba).__name__)
class U(str):
    def __str__(self): return "STR"
    def __repr__(self): return "REPR"
    def __format__(self, spec): return "FMT" + spec
    def __eq__(self, o): return True
    def __hash__(self): return 1
    def __len__(self): return 99
    def __getitem__(self, i): return "item"
    def __iter__(self): return iter("xyz")
    def __contains__(self, i): return True
u = U("abc"); print(u, repr(u), f"{u}", f"{u:5}", f"{u!r}", "%s %r" % (u, u), "{} {!s} {:3}".format(u, u, u), len(u), u[0], list(u), "q" in u, u == 5, str(u), "".join([u, u]), u + "x", "x" + u)
class N(str):
    def __new__(cls, a, b=2): return super().__new__(cls, a * b)
print(N("ab"), N("ab", 3), N("x", b=4))
class C:
    def __str__(self): return "str of C"
    def __repr__(self): return "repr of C"
c = C(); print(str(c), repr(c), [c], f"{c} {c!r} {c!s} {c!a}", "%s %r %a" % (c, c, c), "{0} {0!r}".format(c))
class D:
    def __format__(self, spec): return f"<{spec}>"
print(f"{D()} {D():abc} {D():{1}{2}}", "{:x}{:{}}".format(D(), D(), "qq"), format(D(), "zz"))
class E:
    def __bytes__(self): return b"bytes of E"
    def __index__(self): return 3
print(bytes(E()), "abcdef"[E()], b"abcdef"[E()], "ab" * E(), bytearray(b"abcdef")[E()], bytes([E(), E()]))
class F:
    def __str__(self): return S("sub")
print(type(str(F())).__name__)
class Map:
    def __getitem__(self, k): return f"<{k!r}>"
print("%(a)s %(b)s" % Map(), "{a} {b}".format_map(Map()))
class Dd(dict):
    def __missing__(self, k): return "missing " + k
print("%(a)s" % Dd(), "{a} {b}".format_map(Dd(b=1)))
print("{0.real} {0.imag} {1[0]} {1[1][a]} {k.x.y}".format(3+4j, [1, {"a": 2}], k=type("K", (), {"x": type("L", (), {"y": 7})})))
print("a{{b}}c{}".format(1), "{:{w}.{p}f}|{:>{w}}".format(3.14159, "x", w=8, p=2), "{!r:>6}".format("a"))
print(str.upper("abc"), str.join(",", ["a", "b"]), list(map(str.strip, [" a ", "b "])), sorted(["b", "A", "c"], key=str.lower))
print("abc".__contains__("b"), "abc".__getitem__(1), "abc".__add__("d"), "abc".__mul__(2), "abc".__rmul__(2), "abc".__len__(), "abc".__lt__("abd"), "abc".__eq__(5), "%s".__mod__(1), "x".__rmod__("%s"))
try: "abc".__mod__
except Exception as e: print(e)
try: str.upper(5)
except Exception as e: print(e)
try: str.join(5, [])
except Exception as e: print(e)
try: "a" in 5
except Exception as e: print(e)
try: int("a" * 5000)
except Exception as e: print(str(e)[:60])
for x in ("a" "b" 'c', r"\n", "\x41\u0042\U00000043\N{LATIN SMALL LETTER D}\101\
z", b"\x41\101", rb"\x"): print(x)
s = ""
for i in range(1000): s += str(i)
print(len(s), hash(s) == hash("".join(map(str, range(1000)))))
a = "x" * 10; b = a; a += "y"; print(a, b)
d = {}; k = "key"; d[k] = 1; k += "2"; print(d, k)
print("\n".join(f"{i:>3}|{i:<3}|{i:^3}|{i:03}|{i:+}|{i:x}" for i in (1, 22, 333)))
print("ß".upper(), "ŉ".upper(), "ǆ".title(), "ΑΣ".lower(), "ΑΣΑ".lower(), "İ".lower().encode(), "ﬁ".upper(), "ß".casefold(), "Σ".casefold())
print(bytes(range(256)).decode("latin-1").encode("latin-1") == bytes(range(256)))
print("a\tb\tc".expandtabs(), "a\tbc\td".expandtabs(4), "\t".expandtabs(0) == "")
print(str.maketrans("abc", "xyz", "q"), "aqbc".translate(str.maketrans("abc", "xyz", "q")), "abc".translate({97: "AA", 98: None, 99: 100}))
print("".join(reversed("abc")), "abc"[::-1], list(enumerate("ab")), list(zip("ab", "cd")), min("hello"), max("hello"), sorted("hello"), set("aab") == {"a", "b"}, tuple("ab"), "b" in "abc", [*"ab"])
a, b, c = "xyz"; print(a, b, c); a, *b = "xyz"; print(a, b)
print(ascii("h\xe9\u1234\U00012345"), repr("h\xe9\u1234\U00012345\n\x00\x7f\xad\u200b\ud800"), chr(0x1F600), ord("\U0001F600"), chr(97), ord("a"))
for bad in (-1, 0x110000):
    try: chr(bad)
    except Exception as e: print(type(e).__name__, e)
for bad in ("ab", "", 5, b"ab"):
    try: ord(bad)
    except Exception as e: print(type(e).__name__, e)
print(ord(b"a"), ord(bytearray(b"b")))
print("abc" < "abd", "abc" < "ab", "" < "a", "a" < "B", "\xff" < "\u0100", "\uffff" < "\U00010000", "z" > "\xe9")
print(isinstance("a", str), issubclass(str, object), str.__mro__, type("a"), type(b"a"), bytes.__mro__)
print("%s" % (("a", "b"),), "%s %s" % ("a", "b"), "%r" % ["a"], "%(x)s%%" % {"x": 1}, "%c%c" % ("a", 98), "%5.1f|%-6d|%06.2f" % (3.14159, 42, 2.5))
print("abc".isidentifier(), "1a".isidentifier(), "é1".isidentifier(), "".isidentifier(), "a b".isidentifier(), "class".isidentifier())
print("x".join("abc"), ",".join([]), ",".join(["a"]), ",".join(x for x in "abc"), ",".join({"k": 1, "l": 2}), "-".join(("a", "b")))
