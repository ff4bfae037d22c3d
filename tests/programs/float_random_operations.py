# Pseudo-random doubles through arithmetic, printing, parsing, rounding and formatting; a checksum of each batch.
state = 2024


def rand(bits):
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
    return state >> 64 - bits


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 0.1, 1e16, 1e15, 9007199254740993.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308]
SPECIAL += [float("inf"), float("-inf"), float("nan"), 1e22, 1e23, 123456789.125, 2.0**-255, -(2.0**256), 2.0**255, 0.3, 1e-5, 1e-4]


def number():
    kind = rand(3)
    if kind == 0:
        return SPECIAL[rand(16) % len(SPECIAL)]
    if kind == 1:
        return float(rand(20) - (1 << 19)) / (1 << rand(4))
    if kind == 2:
        return rand(40) / 10.0 ** rand(4)
    mantissa = (rand(53) | 1 << 52) * (1.0 if rand(1) else -1.0)
    exponent = rand(7) - 64 - 52 if kind < 6 else rand(11) - 1024 - 52
    # In two steps, so that neither factor overflows.
    return mantissa * 2.0 ** (exponent // 2) * 2.0 ** (exponent - exponent // 2)


def attempt(f):
    try:
        return f()
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        return type(error).__name__ + str(error)


def whole_power(a, b):
    return a ** int(b % 5) if b == b and abs(b) < 1e300 else b


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "divmod": lambda a, b: divmod(a, b),
    "**": whole_power,
    "compare": lambda a, b: (a < b, a <= b, a == b, a != b, a > b, a >= b, a < int(b), int(a) == a),
    "repr": lambda a, b: (a, float(repr(a)) == a, str(a)),
    "hex": lambda a, b: (a.hex(), float.fromhex(a.hex()) == a),
    "ratio": lambda a, b: a.as_integer_ratio(),
    "round": lambda a, b: (round(a, 2), round(a, -2), round(a, 10), round(a)),
    "int": lambda a, b: (int(a), a.is_integer(), a.__floor__(), a.__ceil__(), a.__trunc__()),
    "hash": lambda a, b: hash(a) if a == a else 0,
    "format": lambda a, b: (f"{a:.3f}", f"{a:e}", f"{a:g}", f"{a:.0f}", f"{a:,.2f}", f"{a:012.4g}", f"{a:+.10}", f"{a:%}"),
    "percent": lambda a, b: "%r %.3f %g %e %10.2f %-12.5g|" % (a, a, a, a, a, a),
    "unary": lambda a, b: (-a, +a, abs(a), bool(a)),
    "complex": lambda a, b: (complex(a, b), complex(a, b) * 2, complex(a, b) + a, abs(complex(a, 0)), -complex(a, b)),
}


def checksum(text):
    total = 0
    for c in text:
        total = (total * 31 + ord(c)) % 1000000007
    return total


for name, operator in OPERATORS.items():
    total = 0
    sample = ""
    for i in range(60):
        a, b = number(), number()
        text = attempt(lambda: repr(operator(a, b)))
        total = (total * 31 + checksum(text)) % 1000000007
        if i % 20 == 7:
            sample += f" [{a} {name} {b} = {text}]"[:150]
    print(name, total, sample)
