# Dictionaries that grow, shrink and change their key types under a hot loop.
def histogram(items):
    counts = {}
    for item in items:
        if item in counts:
            counts[item] += 1
        else:
            counts[item] = 1
    return counts


print(histogram([i * i % 7 for i in range(3000)]), histogram("abracadabra" * 100))
print(sorted(histogram([str(i % 5) for i in range(1000)] + [i % 3 for i in range(1000)] + [0.5, (1,)]).items(), key=str))


def churn(n):
    d = {}
    checks = 0
    for i in range(n):
        d[i] = i
        if i >= 50:
            del d[i - 50]
        if i % 100 == 0:
            checks += sum(d) + len(d) + next(iter(d))
    return checks, len(d), list(d)[:3]


print(churn(3000))


def memo(n):
    cache = {}
    hits = 0
    for i in range(n):
        key = (i % 13, i % 7)
        if (value := cache.get(key)) is not None:
            hits += value
        else:
            cache[key] = key[0] * key[1] + 1
    return hits, len(cache)


print(memo(3000))


class Namespace:
    pass


n = Namespace()
for i in range(300):
    setattr(n, f"a{i}", i)
total = 0
for _ in range(5):
    for i in range(300):
        total += getattr(n, f"a{i}")
for i in range(0, 300, 2):
    delattr(n, f"a{i}")
print(total, len(vars(n)), sum(vars(n).values()))
d = {"a": 1, "b": 2}
total = 0
for i in range(3000):
    total += d["a"] + d["b"]
    if i == 1000:
        d["a"] = 10
    elif i == 1500:
        d = {"b": 5, "a": 7}
    elif i == 2000:
        d[1] = "int key"
    elif i == 2500:
        del d["a"]
        d["a"] = 0.5
print(total)
grid = {}
for i in range(40):
    for j in range(40):
        grid[i, j] = i ^ j
print(sum(grid[i, i + 1] for i in range(39)), (5, 5) in grid, len(grid), grid.get((99, 99)))
for key in [k for k, v in grid.items() if v % 2]:
    grid.pop(key)
print(len(grid), sum(grid.values()))
