"""Expected values for `repr`, `ascii` and the escape codecs."""

import codecs
import random
import warnings

from oracle import text

TEXTS = ["", "a", "'", '"', "'\"", "it's", 'say "hi"', "\\", "\n\r\t\x0b\x00\x1b\x7f\x80\x85\xa0\xad\xff", "é", "\u0378", "\u2028", "日本",
         "\ud800", "\udfff\ud800", "\U0001f600", "\U000e0001", "\U0010ffff", "\ue000", "\xa0\u3000 ", "\u200b\u0301"]
ESCAPES = [rb"\\", rb"\'", rb"\"", rb"\a\b\f\n\r\t\v", b"\\\n", rb"\0\12\123\1234\400\777\8", rb"\x41\xff\xFF", rb"\x", rb"\x1", rb"\x1g", rb"\xg",
           rb"\u1234", rb"\u12", rb"\u12zz", rb"\ud800", rb"\U0001f600", rb"\U00", rb"\U0011ffff", rb"\Uffffffff", rb"\N{EM DASH}", rb"\N{em dash}", rb"\N{nothing}",
           rb"\N", rb"\N{", rb"\N{}", rb"\N{a", rb"\Nx", rb"\q\w", b"\\", b"abc\\", b"\xe9\xff", rb"\\u1234", rb"\\\u1234", rb"\u", rb"\U", b"\\\xe9"]


def decoded(codec, data, errors):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = (text if isinstance(codec(data, errors)[0], str) else bytes.hex)(codec(data, errors)[0]) or "-"
        except UnicodeDecodeError as error:
            result = "!%d %d %s" % (error.start, error.end, error.reason)
        except ValueError as error:
            result = "!ValueError: %s" % error
    return result + (" / " + text(str(caught[0].message)) if caught else "")


def rows(scale):
    texts = TEXTS + ["".join(chr(random.choice([random.randrange(128), random.randrange(0x3000), random.randrange(0x110000)])) for _ in range(8)) for _ in range(30 * scale)]
    for sample in texts:
        yield "repr", text(sample) or "-", text(repr(sample))
        yield "ascii", text(sample) or "-", text(ascii(sample))
        yield "encode", text(sample) or "-", sample.encode("unicode_escape").hex()
        yield "encode_raw", text(sample) or "-", sample.encode("raw_unicode_escape").hex()
    samples = list(ESCAPES)
    for _ in range(40 * scale):
        samples.append(b"".join(random.choice(ESCAPES + [b"a", b"1f", b" "]) for _ in range(random.randrange(1, 5))))
    for data in samples:
        yield "bytes_repr", data.hex(), text(repr(data))
        for errors in ["strict", "ignore", "replace"]:
            yield "unicode_escape", data.hex(), errors, decoded(codecs.unicode_escape_decode, data, errors)
            yield "raw_unicode_escape", data.hex(), errors, decoded(codecs.raw_unicode_escape_decode, data, errors)
            yield "bytes_unescape", data.hex(), errors, decoded(codecs.escape_decode, data, errors)
