# Methods and attributes of integers.
n = 2**70 + 12345
print(n.bit_length(), n.bit_count(), n.numerator == n, n.denominator, n.real == n, n.imag, n.conjugate() == n)
print((1000).to_bytes(4, "big"), (1000).to_bytes(4, "little"), (-2).to_bytes(3, "big", signed=True))
print(int.from_bytes(b"\x03\xe8", "big"), int.from_bytes(b"\xff\xfe", "big", signed=True))
print(int.from_bytes(n.to_bytes(20, "little"), "little") == n)
try:
    (1000).to_bytes(1, "big")
except OverflowError as error:
    print("OverflowError:", error)
try:
    (-1).to_bytes(1, "big")
except OverflowError as error:
    print("OverflowError:", error)
print((6).as_integer_ratio(), (5).is_integer(), round(12345, -2), round(12350, -2), round(-15, -1), round(25, -1))
print(abs(-n) == n, hash(5), hash(-1), hash(2**61 - 1), hash(2**61), hash(10**30))
print((5).__add__(3), (5).__radd__(3), (5).__add__("x"), int.__mul__(4, 5))
