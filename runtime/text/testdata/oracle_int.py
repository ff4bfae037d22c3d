"""Expected values for `int`."""

import math
import random
import re

from oracle import bits, double, outcome, text

PARSE = """'' ' ' '0' '00' '-0' '+5' '-5' '- 5' '+-1' '1_000' '_1' '1_' '1__0' '0_0' '0x10' '0X10' '0o17' '0b11' '0x_f' '0x' '0x_' '0x__f'
'0b12' '010' '0_1' '00_0' ' 12 ' '\\t12\\n' '1 2' '12\\x0b' 'zz' 'ZZ' '1e5' '1.0' 'ff' '0b1' 'b1' '0o8' '\\x00' '1\\x00'
'123456789012345678901234567890' '-99999999999999999999999999999999999' '9223372036854775808' '0xffffffffffffffffffffffffffffffff'"""


def sample():
    size = random.choice([4, 10, 30, 53, 54, 62, 63, 64, 65, 100, 128, 200, 500])
    value = random.getrandbits(size)
    kind = random.randrange(4)
    if kind == 0:
        value = 1 << size
    elif kind == 1:
        value = (1 << size) - random.randrange(3)
    return random.choice([value, -value])


def rows(scale):
    values = [0, 1, -1, 2, -2, 127, 128, -128, -129, 255, 256, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 2**61 - 1, 2**1024 - 1, 2**1023, (2**53 - 1) << 971, ((2**54 - 1) << 970) - 1, (2**54 - 1) << 970, 10**308, 10**400]
    values += [sample() for _ in range(30 * scale)]
    for n in values:
        yield "bits", n, "%d %d" % (n.bit_length(), n.bit_count())
        yield "float", n, outcome(float, n, show=bits)
        yield "hash", n, hash(n)
        yield "radix", n, "%s %s %s %s" % (bin(n), oct(n), hex(n), n)
        yield "isqrt", n, outcome(math.isqrt, n)
        for ndigits in [0, -1, -2, random.randrange(-40, 3)]:
            yield "round", n, ndigits, round(n, ndigits)
        for _ in range(3):
            length, order, signed = random.choice([0, 1, 2, 8, 9, 16, 80]), random.choice(["little", "big"]), random.random() < 0.6
            yield "to_bytes", n, length, order, int(signed), outcome(lambda: n.to_bytes(length, order, signed=signed).hex())
        for value in [float(n) if abs(n) < 10**300 else 1.0, double(random.getrandbits(64)), math.inf, -math.inf, 0.5, -0.5]:
            if value == value:
                yield "cmp", n, bits(value), (n > value) - (n < value)
    for _ in range(30 * scale):
        data = random.randbytes(random.choice([0, 1, 2, 8, 9, 20]))
        order, signed = random.choice(["little", "big"]), random.random() < 0.5
        yield "from_bytes", data.hex(), order, int(signed), int.from_bytes(data, order, signed=signed)
    for _ in range(60 * scale):
        a, b = random.choice(values), random.choice(values)
        yield "divmod", a, b, outcome(divmod, a, b, show=lambda t: "%d %d" % t)
        yield "truediv", a, b, outcome(lambda: a / b, show=bits)
        yield "bitop", a, b, "%d %d %d %d" % (a & b, a | b, a ^ b, ~a)
        yield "gcd", a, b, "%d %d" % (math.gcd(a, b), math.lcm(a, b))
        count = random.choice([0, 1, 5, 63, 64, 65, 200, -1, 1 << 62, 1 << 80])
        if count < 1000 or a == 0 or count == 1 << 80:
            yield "shl", a, count, outcome(lambda: a << count)
        yield "shr", a, count, outcome(lambda: a >> count)
        exponent = random.choice([0, 1, 2, 3, 7])
        yield "pow", a, exponent, a**exponent
        exponent = random.choice([0, 1, 2, -1, -3, random.getrandbits(70), random.getrandbits(200)])
        yield "powmod", a, exponent, b, outcome(pow, a, exponent, b)
    for source in re.findall("'([^']*)'", PARSE):
        for base in [0, 2, 3, 8, 10, 16, 36]:
            yield "parse", text(source) or "-", base, outcome(int, source, base).split(":")[0]
    for digits in [640, 4300, 4301, 5000]:
        for base in [10, 7, 16, 32]:
            for tail in ["", "x"]:
                source = "1" * digits
                result = outcome(int, source + tail, base, show=lambda n: "ok")
                yield "parse_long", digits, base, tail or "-", "!ValueError" if "literal" in result else result
