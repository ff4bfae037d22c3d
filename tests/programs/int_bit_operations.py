# and, or, xor, invert and shifts, for small, negative and big operands.
values = [0, 1, -1, 5, -6, 255, -256, 2**40, -(2**40), 2**70 + 3, -(2**70) - 3]
for x in values:
    print(x, ~x, x & 0xFF, x | 0xF0, x ^ 0xAA, x >> 3, x << 3)
for x in values:
    print([x & y for y in values])
    print([x | y for y in values])
    print([x ^ y for y in values])
print(1 << 100, (1 << 100) >> 98, -1 >> 1000, 1 >> 1000)
print((2**100).bit_count(), (2**100 - 1).bit_count(), (-255).bit_count())
for bad in (-1, -100):
    try:
        print(1 << bad)
    except ValueError as error:
        print("ValueError:", error)
    try:
        print(1 >> bad)
    except ValueError as error:
        print("ValueError:", error)
