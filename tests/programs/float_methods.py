# Methods of floats and mixed arithmetic with integers.
print((0.5).as_integer_ratio(), (0.1).as_integer_ratio(), (-2.5).as_integer_ratio())
print((3.0).is_integer(), (3.5).is_integer(), (1.5).hex(), (0.1).hex(), float.fromhex("0x1.8p+1"))
print((2.5).real, (2.5).imag, (2.5).conjugate(), float(), float(3), float("  7.25 "))
print(1 + 0.5, 2 * 0.25, 3 - 0.5, 7 // 2.0, 7 % 2.5, 2**0.5, 2.0**3, (-8.0) ** 2, 9**0.5)
print(10**20 + 0.5, 10**20 * 1.5, 0.5 + 10**20, 1.0 == 1, 0.5 < 1, 2**100 > 1e30)
x = 1.5
x += 1
x *= 2
x -= 0.25
x /= 3
x //= 0.5
x **= 3
print(x, -x, +x, abs(-x), bool(x), bool(0.0))
print(sum([0.1] * 10), sum([1, 2.5, 3]), sum([0.1, 0.2, 0.3]), sum([1e308, 1e308]))
try:
    10**400 + 0.5
except OverflowError as error:
    print(error)
try:
    (-8.0) ** (1 / 3) < 1
except TypeError as error:
    print(error)
