# Error handlers and encodings made by programs, and the codecs that the runtime knows, through _codecs.
import _codecs
import _string


def show(f):
    try:
        print(ascii(f()))
    except Exception as e:
        print(type(e).__name__, ascii(str(e)), getattr(e, "__notes__", None))
show(lambda: "a".encode("nonesuch"))
show(lambda: b"a".decode("nonesuch"))
show(lambda: _codecs.lookup("nonesuch"))
show(lambda: _codecs.encode("\xe9", "latin-1"))
show(lambda: _codecs.unicode_escape_decode(b"\\x41\\u1234"))
show(lambda: _codecs.unicode_escape_decode(b"\\x4"))
show(lambda: _codecs.unicode_escape_decode(b"\\N{LATIN SMALL LETTER A}"))
show(lambda: _codecs.unicode_escape_decode(b"\\x4z", "replace"))
show(lambda: _codecs.escape_decode(b"a\\x41\\n"))
show(lambda: _codecs.escape_encode(b"a\x00\n'"))
def handler(e):
    return ("<%s:%d-%d>" % (type(e).__name__, e.start, e.end), e.end)
_codecs.register_error("mine", handler)
show(lambda: "a\xe9\u1234b".encode("ascii", "mine"))
show(lambda: b"a\xff\xfeb".decode("utf-8", "mine"))
_codecs.register_error("bad1", lambda e: 5)
_codecs.register_error("bad2", lambda e: ("x", 100))
_codecs.register_error("bad3", lambda e: (5, 1))
_codecs.register_error("bytes", lambda e: (b"\xff\xfe", e.end))
_codecs.register_error("back", lambda e: ("?", -1))
for h in ("bad1", "bad2", "bad3", "bytes", "back"):
    show(lambda: "a\xe9b".encode("ascii", h))
    show(lambda: b"a\xffb".decode("ascii", h))
show(lambda: _codecs.register_error("x", 5))
show(lambda: _codecs.lookup_error("nonesuch"))
for n in ("strict","ignore","replace","xmlcharrefreplace","backslashreplace","namereplace","surrogatepass","surrogateescape"):
    h = _codecs.lookup_error(n); print(n, h.__name__)
    for e in (UnicodeEncodeError("ascii","a\u1234\udc80b",1,3,"r"),UnicodeDecodeError("utf-8",b"a\xff\xfe",1,3,"r"),UnicodeTranslateError("abc",1,2,"r"),ValueError("x"),5):
        show(lambda: h(e))
def search(name):
    print("search", name)
    if name == "my_codec":
        return (lambda s, e=None: (s.upper().encode(), len(s)), lambda b, e="x": (bytes(b).decode().lower(), len(b)), None, None)
_codecs.register(search)
show(lambda: "abc".encode("my-codec"))
show(lambda: b"ABC".decode("My-Codec"))
show(lambda: b"ABC".decode("my codec"))
_codecs.unregister(search)
show(lambda: b"ABC".decode("my-codec"))
show(lambda: _codecs.utf_16_ex_decode(b"\xfe\xff\x00a", "strict", 0, True))
show(lambda: _codecs.utf_8_decode(b"a\xe9", "strict", False))
show(lambda: [(_string.formatter_field_name_split(x)[0], list(_string.formatter_field_name_split(x)[1])) for x in ("a.b[c][1]", "0", "", "12.x")])
