"""Expected values for the format mini-language, `%` formatting and `str.format` templates."""

import _string
import random

from oracle import bits, outcome, text
from oracle_float import INTERESTING, sample

FIXED = """ > x> xx>5 5. .5 .5d c +c zd z #c ,c ,x _x _n ,n ,_ ,, _, __ ,_d s y yy 99999999999999999999 .99999999999999999999f .2147483648f .99999999999 =5 = + - # , _ 0 010
d s<5 <05 05.0 ,.2f _.2f .6,f ,.6,f ,.6_f ._f .,f ., .,_f .6_ .6_g .6_e .6_n .6_% 030,.6_f #030,.6_f .6_d ._d .2_ ._ .3_f % >20 .2 .2f z.1f ,.1f 010, x=10 =010 <010 020, 019, 018, 012,
x>020, #010x #X #b #o #x _b 020_b #020_x 5 e g n \u0663 \u0663d >\u0665 =+z#010,.3,f ! \x00 a\xe9 \xe9 \ud800 dd \U0001f600>5 \U0001f600^6 \u0100^6 ^6 .1 5.1 1 .17 .0 #.0 #.0f .0f .3 z.1% \ud800>3 i
,\x01 ,\xe9 ,s ,d _c 010c ^5c =5c ._x .,x >99""".split() + ["", " ", " d", " 5d", "  5", "x> 5", "_ ", " <5", "<<5", "==5", "{<5", "}^5", "00", "000", "0_", "0,", ".", "..", "+.", "+0.0", "-+"]


def random_spec():
    parts = [
        random.choice(["", "", "<", ">", "^", "=", "x<", "0>", "0=", "é^", "_="]),
        random.choice(["", "", "+", "-", " "]),
        random.choice(["", "", "", "z"]),
        random.choice(["", "", "#"]),
        random.choice(["", "", "0"]),
        random.choice(["", "", "1", "5", "8", "13", "14", "20", "31"]),
        random.choice(["", "", ",", "_"]),
        random.choice(["", "", ".0", ".1", ".3", ".7", ".12", "._", ".,", ".5_", ".8,"]),
        random.choice(["", "", "d", "e", "f", "g", "E", "F", "G", "%", "n", "x", "X", "o", "b", "c", "s"]),
    ]
    return "".join(parts)


def show(value):
    return text(value) or "-"


PERCENT = """%d %5d %-5d| %05d %+d %+5d %+05d %-05d| %.5d %8.5d %08.5d %-8.5d| %.0d %x %X %#x %#X %#o %o %#010x %#10x %-#10x| %#.10x %#.3x %+#x %i %u %.d
%hd %ld %Ld %010.3x %+.3X %#+012o""".split()
PERCENT += ["% d", "% 05d", "%+ d", "%- 5d|"]
PERCENT_FLOAT = ["%f", "%.2f", "%10.2f", "%-10.2f|", "%010.2f", "%+f", "% f", "%e", "%.0e", "%#.0e", "%g", "%#g", "%.10g", "%G", "%E", "%F", "%+010.1e", "% 010.1f", "%.0f", "%#.0f", "%5.f"]
PERCENT_TEXT = ["%s", "%5s", "%-5s|", "%05s", "%.2s", "%5.1s", "%-5.1s|", "%.0s", "%+s", "%#s", "% 5s"]
PIECES = ["", "abc", "%", "a%", "%5", "%(a", "%(", "%(a)", "%(a)5", "%(z", "%(z)", "%(z)d", "%(z)*", "%(a)*d", "%.", "%l", "%.3", "%*", "%.*", "%y", "%%", "%5%", "%-%", "%(a)s", "%(a(b)c)s", "%((a)s", "%()s", "100%% of %d", "%s%s", "%-+ #0s", "%*d", "%*.*f", "%.*f", "%5.*f",
          "%hd", "%lld", "%hhd", "%Ld", "%\xe9", "%\u1234", "%\x01", "%05.3lx tail", "%99999999999999999999d", "%.99999999999d", "%0-5d", "a%sb%dc"]
TEMPLATES = ["", "abc", "{", "}", "{{", "}}", "{{}}", "a{{b}}c", "{}", "{0}", "{a}", "{a.b}", "{a[b]}", "{a[0].c[d]}", "{!r}", "{a!r:>5}", "{a!}", "{a!r", "{a!rx}", "{a!", "{a:", "{a", "{a:b", "{a:{b}}", "{a:{b}{c}}", "{a:{b", "{a:{b}",
             "{a{b}", "{a[{]}", "{a[}]}", "{a[:]}", "{a[!]}", "{a[b}", "{:}", "{:{}}", "x{}y{}z", "}{", "{}}", "{{{}}}", "{ }", "{0!s:}", "{a!r:{w}}", "{a:}}", "{!}", "{:!r}", "a}b", "a{b", "{a!:}", "\u65e5{\u672c}", "{a[]]}"]
NAMES = ["", "0", "1", "007", "a", "a.b", "a.b.c", "a[0]", "a[b]", "a[b].c", "a[0][1]", "a[", "a[]", "a.", "a..b", ".a", "[0]", "a[0]b", "a[0]]", "0a", "-1", "\u0663", "a[\u0663]", "99999999999999999999", "a[99999999999999999999]", "a.b[c]d", "a[b", "a]", "a[-1]", "a[1 ]", "\u65e5.\u672c"]


def pieces(template):
    """The template applied to a mapping, which also serves as a single argument."""
    try:
        return show(template % {"a": "A", "a(b)c": "B", "": "C"})
    except Exception as error:
        return "!%s: %s" % (type(error).__name__, text(str(error)))


def parsed(template):
    out = []
    try:
        for literal, name, spec, conversion in _string.formatter_parser(template):
            out.append("%s|%s|%s|%s" % (text(literal), "None" if name is None else text(name), "None" if spec is None else text(spec), "None" if conversion is None else text(conversion)))
    except ValueError as error:
        out.append("!" + text(str(error)))
    return " ; ".join(out) or "-"


def split(name):
    out = []
    try:
        first, rest = _string.formatter_field_name_split(name)
        out.append(repr(first) if isinstance(first, int) else text(first))
        for is_attribute, key in rest:
            out.append("%s%s" % ("." if is_attribute else "#" if isinstance(key, int) else "=", text(str(key))))
    except ValueError as error:
        out.append("!" + text(str(error)))
    return " ; ".join(out) or "-"


def rows(scale):
    ints = [0, 1, -1, 65, 255, -255, 1234567, -1234567, 123456789012345678901234567890, 0xD800, 0x10FFFF, 0x110000, 10**30]
    floats = INTERESTING + list(sample(20 * scale))
    texts = ["", "a", "abc", "h\xe9llo", "\u65e5\u672c\u8a9e", "\ud800x"]
    specs = FIXED + [random_spec() for _ in range(350 * scale)]
    for spec in specs:
        if spec in ("", "-"):  # the table's mark of an empty text
            continue
        for value in random.sample(ints, 2):
            yield "int", value, show(spec), outcome(format, value, spec, show=show)
        for value in random.sample(floats, 2):
            yield "float", bits(value), show(spec), outcome(format, value, spec, show=show)
        value = random.choice(texts)
        yield "str", show(value), show(spec), outcome(format, value, spec, show=show)
        real, imag = random.sample(floats, 2)
        yield "complex", bits(real), bits(imag), show(spec), outcome(format, complex(real, imag), spec, show=show)
    for template in PERCENT:
        for value in [0, 5, -5, 255, -255, 10**20]:
            yield "percent_int", show(template), value, outcome(lambda: template % value, show=show)
    for template in PERCENT_FLOAT:
        for value in [0.0, -0.0, 1.5, -1.5, 1e10, 1e-10, float("inf"), float("-inf"), float("nan")]:
            yield "percent_float", show(template), bits(value), outcome(lambda: template % value, show=show)
    for template in PERCENT_TEXT:
        for value in texts:
            yield "percent_text", show(template), show(value), outcome(lambda: template % value, show=show)
    for template in PIECES:
        yield "pieces", show(template), pieces(template)
    for template in TEMPLATES + ["".join(random.choice("{}[]!:a.0r") for _ in range(random.randrange(1, 9))) for _ in range(300 * scale)]:
        yield "markups", show(template), parsed(template)
    for name in NAMES + ["".join(random.choice("[].a01b") for _ in range(random.randrange(1, 8))) for _ in range(100 * scale)]:
        yield "name", show(name), split(name)
