# Tuple packing and unpacking in hot loops.
def rotate(n):
    a, b, c, d = 1, 2, 3, 4
    for _ in range(n):
        a, b, c, d = d, a, b, c
    return a, b, c, d


print(rotate(1000), rotate(1001), rotate(1002))


def swap_sum(pairs):
    left = right = 0
    for a, b in pairs:
        if a > b:
            a, b = b, a
        left += a
        right += b
    return left, right


print(swap_sum([(i * 7 % 13, i * 5 % 11) for i in range(2000)]), swap_sum([[1.5, 1], (2, 0.5), "ab"[:0] or (3, 3)] * 500))


def divide(n):
    total = 0
    for i in range(1, n):
        q, r = divmod(n, i)
        total += q * r
    return total


print(divide(2000))


def extended(n):
    out = 0
    for i in range(n):
        first, *middle, last = range(i % 5 + 2)
        out += first + len(middle) * 10 + last
    return out


print(extended(2000))


def generator_unpack(n):
    total = 0
    for i in range(n):
        a, b, c = (x * i for x in (1, 2, 3))
        [d, e] = [a + b, b + c]
        (f, (g, h)) = d, (e, a)
        total += f + g - h
    return total


print(generator_unpack(1000))


def multiple_returns(i):
    if i % 3 == 0:
        return i, "fizz"
    if i % 3 == 1:
        return [i, "list"]
    return iter((i, "iterator"))


counts = {}
for i in range(2000):
    n, kind = multiple_returns(i)
    counts[kind] = counts.get(kind, 0) + n
print(counts)
try:
    for i in range(2000):
        a, b = (1, 2) if i < 1500 else (1, 2, 3)
except ValueError as error:
    print(i, error, a, b)
d = {}
for i in range(1500):
    d["x"], d["y"], (d["z"], *d["rest"]) = i, i + 1, (i + 2, i, i)
print(d)
stack = [(0, 10)]
visited = 0
while stack:
    low, high = stack.pop()
    visited += 1
    if high - low > 1:
        middle = (low + high) // 2
        stack += [(low, middle), (middle, high)]
print(visited)
x = y = z = 0
for i in range(1500):
    x, y, z = y + 1, z + x, i
print(x, y % 1000003, z)
