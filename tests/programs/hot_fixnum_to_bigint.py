# Sums, products and differences that cross from machine words to big integers in the middle of a loop, and back.
def grow(n):
    total, crossed = 1, None
    for i in range(n):
        total += total // 2 + i
        if crossed is None and total > 2**62:
            crossed = i
    return total, crossed


def shrink(value, n):
    steps = 0
    for i in range(n):
        if value > 1000:
            value //= 3
        else:
            value -= 7
        steps += value & 1
    return value, steps


def around(edge, n):
    up = down = 0
    value = edge
    for i in range(n):
        if i % 2:
            value += 3
            up += value > edge
        else:
            value -= 2
            down += value < edge
    return value - edge, up, down


def negative(n):
    value = -1
    for i in range(n):
        value = value * 3 - i
    return value


def shifts(n):
    value = 1
    for i in range(n):
        value = value << 1 if i % 100 < 70 else value >> 2
        value |= 1
    return value.bit_length(), value & 0xFFFF


print(grow(200), grow(3000)[1])
print(shrink(7**300, 2000))
for edge in (2**30, 2**31, 2**61, 2**62, 2**63, 2**64, -(2**62), -(2**63)):
    print(edge, around(edge, 3000))
print(negative(60), len(str(negative(2000))), shifts(1000))
