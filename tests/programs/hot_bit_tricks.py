# Bit operations in hot loops, also on negative and big numbers.
def popcount(n):
    count = 0
    while n:
        n &= n - 1
        count += 1
    return count


print(sum(map(popcount, range(1000))), popcount(2**100 - 1), popcount(2**62 + 2**63))


def xorshift(n, seed=2463534242):
    out = []
    for _ in range(n):
        seed ^= seed << 13 & 0xFFFFFFFF
        seed ^= seed >> 17
        seed ^= seed << 5 & 0xFFFFFFFF
        out.append(seed)
    return out


r = xorshift(2000)
print(r[:3], r[-1], sum(r) % 10007)


def fnv(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


print(hex(fnv(b"")), hex(fnv(b"hello")), hex(fnv(bytes(range(256)) * 4)))


def crc32(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


print(hex(crc32(b"123456789")), hex(crc32(bytes(100))))


def gray(n):
    return [i ^ i >> 1 for i in range(n)]


print(gray(10), all(popcount(a ^ b) == 1 for a, b in zip(gray(500), gray(500)[1:])))
negative = -1
for i in range(1500):
    negative = negative << 1 if i % 3 else negative >> 1
    negative |= 5
    negative &= ~2
print(negative.bit_length(), negative & 0xFFFF, negative < 0)
mask = 0
for i in range(2000):
    mask ^= 1 << (i * i % 130)
print(mask, bin(mask).count("1"), mask.bit_length())
total = 0
for i in range(-1500, 1500):
    total += (i & 0xFF) - (i | 0x0F) + (i ^ 0x55) + (~i) + (i >> 3) + (i << 2) + i % 16 + i // 16
print(total)
