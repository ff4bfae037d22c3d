# Fibonacci numbers by tuple assignment; the numbers leave the machine word on the way.
def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


for n in (0, 1, 2, 10, 50, 86, 87, 88, 90, 91, 92, 93, 100, 300):
    print(n, fibonacci(n))
big = fibonacci(5000)
print(len(str(big)), big % 10**15, big.bit_length())
for _ in range(300):
    assert fibonacci(60) == 1548008755920
print(fibonacci(60))


def lucas(n):
    a, b, c = 2, 1, 0
    while c < n:
        a, b, c = b, a + b, c + 1
    return a


print([lucas(n) for n in range(12)], lucas(200))
