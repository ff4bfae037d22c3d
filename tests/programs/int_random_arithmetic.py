# Pseudo-random operands of all sizes through every int operator; a checksum of each batch.
state = 12345


def rand(bits):
    global state
    value = 0
    for _ in range(bits // 32 + 1):
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        value = value << 32 | state >> 32
    return value >> (bits // 32 + 1) * 32 - bits if bits else 0


SIZES = [0, 1, 3, 8, 16, 31, 32, 33, 53, 61, 62, 63, 64, 65, 100, 127, 128, 129, 200, 500, 1000, 3000]


def number():
    value = rand(SIZES[rand(16) % len(SIZES)])
    kind = rand(4)
    if kind < 6:
        value = -value
    elif kind == 7:
        value = (1 << SIZES[rand(16) % len(SIZES)]) + rand(2) - 1
    elif kind == 8:
        value = -(1 << SIZES[rand(16) % len(SIZES)]) + rand(2) - 1
    return value


def attempt(f):
    try:
        return f()
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        return type(error).__name__ + str(error)


OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "divmod": lambda a, b: divmod(a, b),
    "/": lambda a, b: a / b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b % 300,
    ">>": lambda a, b: a >> b % 300,
    "**": lambda a, b: a ** (b % 9),
    "pow": lambda a, b: pow(a, b, (a ^ b) + 1),
    "<": lambda a, b: (a < b, a <= b, a == b, a != b, a > b, a >= b),
    "float": lambda a, b: (float(a), a < float(b), a == float(b), float(a) >= b, a * 0.5, 2.0 - b),
    "unary": lambda a, b: (-a, ~a, abs(a), +a, a.bit_length(), a.bit_count(), bool(a), int(a)),
    "hash": lambda a, b: (hash(a), hash(a) == hash(float(a)) or float(a) != a),
    "text": lambda a, b: (hex(a), oct(a), bin(a), int(str(a)) == a, int(hex(b), 16) == b, f"{a:,}", f"{b:_x}"),
    "round": lambda a, b: (round(a, -(b % 40)), round(a)),
    "bytes": lambda a, b: (a.to_bytes(b % 60, "little", signed=True), int.from_bytes(a.to_bytes(400, signed=True), signed=True) == a),
}


def checksum(text):
    total = 0
    for c in text:
        total = (total * 31 + ord(c)) % 1000000007
    return total


for name, operator in OPERATORS.items():
    total = 0
    sample = ""
    for i in range(40):
        a, b = number(), number()
        text = attempt(lambda: repr(operator(a, b)))
        total = (total * 31 + checksum(text)) % 1000000007
        if i % 20 == 7:
            sample += f" [{a} {name} {b} = {text}]"[:150]
    print(name, total, sample)
