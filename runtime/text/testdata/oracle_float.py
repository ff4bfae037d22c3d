"""Expected values for `float` and the hashes of numbers."""

import math
import random

from oracle import bits, double, outcome, text

INTERESTING = [
    0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, 3.5, 0.25, 0.125, 0.375, 1e15, 1e16, 9999999999999998.0,
    123456789012345680.0, 1e17, 1e22, 1e23, 1e-4, 1e-5, 0.00012345, 9.999e-5, 5e-324, 2.2250738585072014e-308,
    2.225073858507201e-308, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), 2.0**53,
    2.0**53 + 2, 2.0**63, -(2.0**63), 2.0**64, 100.0, 1000000.0, 999999.5, 9999995.0, 0.05, 0.15, 2.675, 1.005,
    1e300, 1.25e-10, 4.5e15, 0.3, -0.7, 7.0, 1 / 3, 2 / 3, 12345.6789,
]


def sample(n):
    for _ in range(n):
        kind = random.randrange(5)
        if kind == 0:
            value = double(random.getrandbits(64))
            if value != value:
                value = 1.5
            yield value
        elif kind == 1:
            yield random.uniform(-100, 100)
        elif kind == 2:
            yield random.randrange(-10**6, 10**6) / 10 ** random.randrange(8)
        elif kind == 3:
            yield random.randrange(-(2**20), 2**20) / 2 ** random.randrange(30)
        else:
            yield float("%de%d" % (random.randrange(10**17), random.randrange(-30, 30)))


PARSE = """1 -1 +1 . .5 5. -.5 1e5 1E5 1e+5 1e-5 1e 1e+ e5 .e5 1_0 1__0 _1 1_ 1_.5 1._5 1e1_0 1e_1 1_e1 inf -inf +inf
INF Infinity infinit infinityx nan -nan NaN nanx n i_nf 1e400 -1e400 1e-400 0x10 1.7976931348623159e308 1.7976931348623158e308
2.4703282292062327e-324 2.4703282292062328e-324 9007199254740993 9007199254740992.99999999999999999999999 -0 -0e5 00012 1e0005
1e99999999999999999999 1e-99999999999999999999 0e99999999999999999999 1.5f 1d5 ++1 +-1 1+1 1j - +""".split()

COMPLEX = """1 j -j +j 1j -1j 1+j 1-j 1+2j 1-2j (1+2j) (j) (1) 1+2 1+2jj j1 1j+2 1e5+1e5j infj nanj inf+nanj -inf-infj (1+2j (1+2j) )1( ()
1_0+1_0j 1__0j 1+_1j .5j 5.j 1e+5j 1e-j 1+-2j 1--2j 1+ 1- + - 1J 1+2J infinity+infinityj nan+infj 1e400+1j -0-0j 1+2j) ((1)) 1.5.5j""".split()

FROMHEX = """0x1p0 1p0 0x1 1 .8 0x.8 0x1. 0x1.p1 0x1.8p1 -0x1.8p-1 +1 0X1P1 inf -inf Infinity nan -nan nanx 0x 0xp1 . p1 1p 1p+ 1p1.0 0x1_0
0x1.fffffffffffffp1023 0x1.fffffffffffff7p1023 0x1.fffffffffffff8p1023 0x1p1024 0x0p99999999999999999999 0x1p-1074 0x1p-1075
0x1.8p-1075 0x1.0000000000001p-1075 0x3p-1075 0x0.0000000000001p-1022 0x1.00000000000008p0 0x1.000000000000080000000000000001p0
0x1.00000000000018p0 0x123456789abcdef0123456789abcdefp-200 0x1p99999999999999999999 0x1p-99999999999999999999 - + -- 0x-1 1g
0x1.0000000000000000000000000000000000000000000000000000000000001p0 000000000000000000000000001 0x0.000000000000000000000000000001p120""".split()


def rows(scale):
    values = INTERESTING + list(sample(50 * scale))
    for value in values:
        yield "repr", bits(value), repr(value)
        yield "hex", bits(value), value.hex()
        yield "hash", bits(value), "-" if value != value else hash(value)
        yield "trunc", bits(value), outcome(int, value)
        yield "round_int", bits(value), outcome(round, value)
        yield "ratio", bits(value), outcome(lambda v: "%d/%d" % v.as_integer_ratio(), value)
        mantissa, exponent = math.frexp(value)
        yield "frexp", bits(value), "%s %d" % (bits(mantissa), exponent)
        for spec in ["", "#"]:
            yield "format", bits(value), spec, format(value, spec + "" if spec else "") if spec else repr(value)
        for _ in range(6):
            flags = "".join(c for c in "+z#" if random.random() < 0.3)
            precision = random.choice([0, 1, 2, 3, 5, 6, 15, 16, 17, 20, 30])
            spec = "%s.%d%s" % (flags, precision, random.choice(["e", "f", "g", "E", "F", "G", ""]))
            yield "format", bits(value), spec, format(value, spec)
        for ndigits in random.sample([-308, -20, -15, -3, -2, -1, 0, 1, 2, 3, 5, 10, 15, 20, 22, 23, 50, 300, 323], 4):
            yield "round", bits(value), ndigits, outcome(round, value, ndigits, show=bits)
    for value in [0.0, 1.5, 5e-324, 1e308]:
        for spec in [".400f", ".1100e", ".1100g", ".1200f", "#.1200g"]:
            yield "format", bits(value), spec, format(value, spec)
    for value in [0.5, 1.5, 2.5, 0.25, 0.35, 0.45, 5.0, 15.0, 25.0, 35.0, 50.0, 150.0, 1.5e308, 6e307, 5e15, 4503599627370497.5]:
        for ndigits in [-400, -308, -307, -2, -1, 0, 1, 2]:
            yield "round", bits(value), ndigits, outcome(round, value, ndigits, show=bits)
    pairs = [(random.choice(values), random.choice(values)) for _ in range(80 * scale)]
    pairs += [(a, b) for a in INTERESTING[:9] + [3.0, -3.0, -2.5, math.inf, -math.inf, math.nan] for b in INTERESTING[:9] + [3.0, -3.0, -2.5, math.inf, -math.inf, math.nan]]
    for a, b in pairs:
        yield "mod", bits(a), bits(b), outcome(lambda a, b: a % b, a, b, show=lambda v: "nan" if v != v else bits(v))
        yield "divmod", bits(a), bits(b), outcome(divmod, a, b, show=lambda t: " ".join("nan" if v != v else bits(v) for v in t))
        # Large exponents mostly overflow, so some are small.
        b = random.choice([b, float(random.randrange(-5, 6)), random.randrange(-9, 10) / 2])
        result = outcome(pow, a, b, show=lambda v: "complex" if isinstance(v, complex) else "nan" if v != v else bits(v))
        yield "pow", bits(a), bits(b), "complex" if "complex" in result else result
    for source in PARSE:
        yield "parse", source, outcome(float, source, show=bits)
    for source in COMPLEX:
        yield "parse_complex", source, outcome(complex, source, show=lambda v: bits(v.real) + " " + bits(v.imag))
    for source in FROMHEX:
        yield "fromhex", source, outcome(float.fromhex, source, show=bits)
    for _ in range(100 * scale):
        digits = "".join(random.choice("0123456789abcdefABCDEF") for _ in range(random.randrange(1, 40)))
        at = random.randrange(len(digits) + 1)
        source = "0x%s.%sp%d" % (digits[:at], digits[at:], random.choice([0, 1, -20, -1050, -1070, -1080, 900, 1000]))
        yield "fromhex", source, outcome(float.fromhex, source, show=bits)
        value = random.choice(values)
        if value == value and abs(value) != math.inf:
            source = "%.*e" % (random.choice([15, 16, 17, 25, 60]), value)
            yield "parse", source, outcome(float, source, show=bits)
    for _ in range(40):
        real, imag = random.choice(INTERESTING), random.choice(INTERESTING)
        yield "complex_repr", bits(real), bits(imag), repr(complex(real, imag))
        if real == real and imag == imag:
            yield "complex_hash", bits(real), bits(imag), hash(complex(real, imag))
