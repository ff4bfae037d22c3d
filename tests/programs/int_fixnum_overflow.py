# Sums, products and shifts that leave the machine word and come back.
edge = 2**62 - 1
for n in (edge, -edge - 1, 2**63 - 1, -(2**63), 2**64):
    print(n, n + 1, n - 1, -n, n * 2, n * n)
    print((n + 1) - 1 == n, (n * 3) // 3 == n, (n << 5) >> 5 == n)

total = edge - 3
for i in range(8):
    total += 1
    print(total, total.bit_length())
for i in range(8):
    total -= 1
print(total == edge - 3, total & 0xFFFF, abs(-(2**62)))
