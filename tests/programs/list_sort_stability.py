# Order, stability and the comparisons that sorting makes.
def lcg(n, seed=12345):
    out = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2**31
        out.append(seed >> 8)
    return out

for n in (0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 100, 1000, 2500):
    data = lcg(n)
    a = data[:]
    a.sort()
    assert all(a[i] <= a[i + 1] for i in range(n - 1))
    b = sorted(data, reverse=True)
    assert b == a[::-1] or len(set(data)) < n
    print(n, sum(i * v for i, v in enumerate(a)) % 1000003)

pairs = [(v % 7, i) for i, v in enumerate(lcg(200))]
by_first = sorted(pairs, key=lambda p: p[0])
print(all(x[0] < y[0] or x[1] < y[1] for x, y in zip(by_first, by_first[1:])))
backwards = sorted(pairs, key=lambda p: p[0], reverse=True)
print(all(x[0] > y[0] or x[1] < y[1] for x, y in zip(backwards, backwards[1:])))
print(sorted(pairs)[:5], sorted(pairs, reverse=True)[:5])

class Counted:
    count = 0
    def __init__(self, v):
        self.v = v
    def __lt__(self, other):
        Counted.count += 1
        return self.v < other.v

def comparisons(values):
    Counted.count = 0
    a = [Counted(v) for v in values]
    a.sort()
    assert [x.v for x in a] == sorted(values)
    return Counted.count

print(comparisons(range(100)), comparisons(range(100, 0, -1)), comparisons([1] * 100))
print(comparisons(lcg(100)), comparisons(lcg(1000)), comparisons([3, 1, 2]))
print(comparisons(list(range(50)) + list(range(50))), comparisons(list(range(500)) + lcg(10)))

print(sorted("banana"), sorted({3: 0, 1: 0, 2: 0}), sorted({5, 1, 3}), sorted((2, 1)))
print(sorted([2.5, -1.0, 0.0, float("inf"), -0.0]), sorted([1, 0.5, True, -2**70, 2**70]))
print(sorted(["b", "a", "é", "Z", "z", ""]), sorted(["b", "A"], key=str.lower))
print(sorted([[2], [1, 2], [1], []]), sorted([(1, "b"), (1, "a"), (0, "z")]))
print(sorted("abc", key=lambda c: -ord(c)), sorted([3, 1], key=None))
nan = float("nan")
print([x for x in sorted([3, nan, 1, nan, 2])].count(nan))
a = [3, 1, 2]
print(a.sort(), a, a.sort(key=lambda x: -x, reverse=True), a)
for bad in (lambda: a.sort(1), lambda: a.sort(cmp=1), lambda: a.sort(key=1), lambda: sorted(), lambda: sorted(1),
            lambda: sorted([1, "a"]), lambda: sorted([1], key=lambda: 0), lambda: a.sort(lambda x: x)):
    try:
        print(bad())
    except TypeError as e:
        print(e)
