# Sorting with Python functions as keys, in loops.
class Item:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def key(self):
        return (self.b, -self.a)


def lcg(n, seed=7):
    out = []
    for _ in range(n):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(seed >> 40)
    return out


numbers = lcg(500)
items = [Item(n % 50, n % 7) for n in numbers]
print([i.a for i in sorted(items, key=lambda i: i.a)][:8], [(i.b, i.a) for i in sorted(items, key=Item.key)][:6])
print(sorted(numbers, key=lambda n: n % 100)[:4], sorted(numbers, key=str)[:3], sorted(numbers, key=lambda n: (-(n % 3), n))[:3])
checks = 0
for k in range(1, 25):
    ordered = sorted(numbers[: k * 20], key=lambda n: n % k)
    checks += all(ordered[i] % k <= ordered[i + 1] % k for i in range(len(ordered) - 1))
print(checks)
total = 0
for k in range(200):
    total += max(numbers, key=lambda n: n ^ k) % 1000 + min(numbers[:20], key=lambda n: abs(n - k * 1000)) % 1000
    if k > 50:
        break
print(total)
mixed = [3, 1.5, True, -(2**65), 2**65, 0.0, False]
print(sorted(mixed), sorted(mixed, key=lambda x: -x), sorted(mixed, key=float))
words = "the quick brown fox jumps over the lazy dog".split()
for key in (len, str.upper, lambda w: w[::-1], lambda w: (len(w), w), lambda w: w.count("o")):
    print(sorted(words, key=key), min(words, key=key), max(words, key=key))


class Reverse:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        global comparisons
        comparisons += 1
        return other.value < self.value


comparisons = 0
print(sorted(numbers[:100], key=Reverse) == sorted(numbers[:100], reverse=True), 400 < comparisons < 800)
key_calls = 0


def counting(x):
    global key_calls
    key_calls += 1
    return x


sorted(numbers, key=counting)
print(key_calls)
