# Stability, keys, reverse, ties and sorting while the key looks at the list.
def lcg(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2**31
        yield seed


random = lcg(42)
numbers = [next(random) % 1000 for _ in range(300)]
ordered = sorted(numbers)
print(ordered[:10], ordered[-5:], all(x <= y for x, y in zip(ordered, ordered[1:])))
print(sorted(numbers, reverse=True)[:5], sorted(numbers, key=lambda x: -x) == sorted(numbers, reverse=True))
records = [(x % 10, i) for i, x in enumerate(numbers)]
by_digit = sorted(records, key=lambda r: r[0])
print(by_digit[:6], all(a[1] < b[1] for a, b in zip(by_digit, by_digit[1:]) if a[0] == b[0]))
backward = sorted(records, key=lambda r: r[0], reverse=True)
print(backward[:3], all(a[1] < b[1] for a, b in zip(backward, backward[1:]) if a[0] == b[0]))
print(sorted([1.5, 1, True, 0.5, 10**20, -(10**20)]), sorted("hello"), sorted({3: 1, 1: 2}), sorted([(), (1,), (0, 5)]))
calls = []
sorted([3, 1, 2], key=lambda x: calls.append(x) or x)
print(calls)
seen = []
data = [3, 1, 2]
data.sort(key=lambda x: seen.append(len(data)) or x)
print(seen, data)


class Odd:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n < other.n

    def __repr__(self):
        return f"Odd({self.n})"


print(sorted([Odd(3), Odd(1), Odd(2)]), max(Odd(1), Odd(5), Odd(2), key=lambda o: o.n), min([Odd(4), Odd(2)], key=lambda o: o.n))
try:
    data.sort(key=lambda x: data.append(x) or x)
except ValueError as error:
    print(error)
try:
    sorted([1, 2, 0], key=lambda x: 1 // x)
except ZeroDivisionError as error:
    print(error)
