"""Checksums of Unicode properties over all code points, and string methods on texts with context."""

import random
import unicodedata

from oracle import outcome, text


def checksum(values):
    """FNV-1a over 32-bit words."""
    state = 0xCBF29CE484222325
    for value in values:
        state = (state ^ value) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return "%016x" % state


METHODS = "isalpha isdecimal isdigit isnumeric isspace isprintable islower isupper istitle isidentifier isalnum".split()
MAPPINGS = "upper lower title casefold capitalize swapcase".split()

SAMPLES = [
    "", "a", "A", "hello world", "HELLO WORLD", "Hello World", "hELLO wORLD", "they're bill's", "ΑΣ", "ΑΣ ", "ΑΣΑ", "Σ", "ΣΑ", "aΣ.b",
    "aΣ.", "aΣ'b", ".Σ", "a.Σ", "ΌΣΟΣ ΟΔΟΣ", "straße", "ﬁnd", "ŉ", "ǅ", "ǆ", "Ǆ", "ǅxǅ", "İstanbul", "ı", "123", "a1b", "1a", "_x", "x y", "ªº",
    "\u0345", "a\u0345", "ᾳ", "\U0001d400", "\U00010400x", "Ⅷ", "ⅷ", "²", "½", "٣", "\ud800", "\x1c", "\x85", "\u2028", "x\xb7", "\xb7x", "Ⓐ", "ⓐ",
]


def rows(scale):
    points = [chr(code) for code in range(0x110000)]
    for method in METHODS:
        function = getattr(str, method)
        yield "checksum", method, checksum(map(function, points))
    yield "checksum", "xid_continue", checksum(("a" + c).isidentifier() for c in points)
    yield "checksum", "decimal", checksum(unicodedata.decimal(c, 255) for c in points)
    yield "checksum", "digit", checksum(unicodedata.digit(c, 255) for c in points)
    yield "checksum", "splitlines", checksum(len(("a" + c + "a").splitlines()) == 2 for c in points)
    for method in MAPPINGS[:4]:
        function = getattr(str, method)
        yield "checksum", method, checksum(ord(x) for c in points for x in function(c))
    samples = list(SAMPLES)
    for _ in range(150 * scale):
        samples.append("".join(random.choice("aAΣσς.'\u0301 ßǅİ1ʰ\u00ad\u0345ᾼ") for _ in range(random.randrange(1, 7))))
    for sample in samples:
        row = " ".join(str(int(getattr(sample, method)())) for method in METHODS)
        yield "predicates", text(sample) or "-", row
        for method in MAPPINGS:
            yield method, text(sample) or "-", text(getattr(sample, method)()) or "-"
