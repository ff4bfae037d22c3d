# Big integers by their digits, sums of digits and remainders.
import sys

sys.set_int_max_str_digits(0)

n = 3**5000
text = str(n)
print(len(text), text[:20], text[-20:])
print(sum(int(c) for c in text), n.bit_length(), n % 10**9)
print(int(text) == n, int(text[:1000]) < n)

factorial = 1
for i in range(2, 1001):
    factorial *= i
print(len(str(factorial)), str(factorial)[:15], factorial % 1000003)
print(factorial // 3**400 % 10**12, (factorial + 1) % 7919)

a, b = 0, 1
for _ in range(10000):
    a, b = b, a + b
print(len(str(a)), str(a)[:12], str(a)[-12:])
print((a * b - b * a), (a + b) ** 2 == a * a + 2 * a * b + b * b)
