# Sets that grow, shrink, and are changed while iterated.
s = set()
for i in range(1000):
    s.add(i * i % 613)
print(len(s), sum(s), max(s), min(s))
for i in range(0, 613, 2):
    s.discard(i)
print(len(s), sum(s), all(x % 2 for x in s))
t = {x for x in range(50) if x % 7}
u = {x for x in range(50) if x % 5}
print(len(t & u), len(t | u), len(t - u), len(t ^ u), sum(t - u))
try:
    for x in t:
        t.add(x + 1000)
except RuntimeError as error:
    print(error)
seen = set()
duplicates = []
for x in [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]:
    if x in seen:
        duplicates.append(x)
    seen.add(x)
print(duplicates, sorted(seen))
primes = set(range(2, 100))
for n in range(2, 10):
    primes -= set(range(n * n, 100, n))
print(sorted(primes))
words = {"a", "b"} | {c for c in "banana"}
print(sorted(words), sorted(words, reverse=True), {frozenset("ab"), frozenset("ba")} == {frozenset({"a", "b"})})
print(set() < {1}, {1} < {1}, {1} <= {1}, {1, 2} > {1}, {1} == frozenset([1]), set("ab") == {"a", "b"})
