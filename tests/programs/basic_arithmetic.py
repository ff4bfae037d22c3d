# Arithmetic of small integers, without functions or loops.
a = 17
b = 5
print(a + b, a - b, a * b, a // b, a % b, a / b, a**b)
print(-a, +a, ~a, a & b, a | b, a ^ b, a << b, a >> b)
print(a < b, a <= b, a == b, a != b, a > b, a >= b)
print(a and b, a or b, not a, a if a > b else b)
a += 3
b -= 1
a *= 2
b **= 2
a //= 3
b %= 7
print(a, b, (a + b) * (a - b), abs(a - b), 2 + 3 * 4 - 5)
print(1000000 * 1000000, 123456789 * 987654321, 10**15 + 1)
