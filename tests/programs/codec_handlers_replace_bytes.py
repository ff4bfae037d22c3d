# Error handlers that go on in other bytes than those that were to be decoded.
import codecs


def longer(e):
    e.object = b"\x00" * 8
    return ("?", e.start)


def once(e):
    if e.object == b"abc":
        raise e
    e.object = b"abc"
    return ("!", 1)


def outside(e):
    e.object = b"ab"
    return ("", 3)


def no_bytes(e):
    try:
        e.object = "text"
    except TypeError as problem:
        print(problem)
    return ("", 0)


for f in longer, once, outside, no_bytes:
    codecs.register_error("test." + f.__name__, f)
print(ascii(b"\x00".decode("utf-16", "test.longer")), ascii(b"\x00".decode("utf-32", "test.longer")))
for encoding in "utf-8", "ascii", "utf-7":
    for name in "once", "outside", "no_bytes":
        try:
            print(encoding, name, ascii(b"xy\xff\xfez".decode(encoding, "test." + name)))
        except Exception as e:
            print(encoding, name, type(e).__name__, e)
