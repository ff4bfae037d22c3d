# Comprehensions and builtin reductions in hot loops.
total = 0
for i in range(300):
    total += sum([x * i for x in range(20)]) + len({x % 7 for x in range(i % 30)}) + len({x: x for x in range(i % 10)})
print(total)


def evens(items):
    return [x for x in items if x % 2 == 0]


print(sum(len(evens(range(n))) for n in range(200)), evens([2.0, 3.0, 4]), sum(map(sum, [[j for j in range(i)] for i in range(100)])))
rows = [[(i * j) % 11 for j in range(15)] for i in range(15)]
for _ in range(20):
    rows = [[row[(i + 1) % 15] for i in range(15)] for row in rows]
    rows = [list(column) for column in zip(*rows)]
print([sum(r) for r in rows], rows[0][:6])
print(sum(1 for a in range(60) for b in range(a) if (a * b) % 7 == 3), any(x > 2990 for x in range(3000)), all(x < 3000 for x in range(3000)))
print(max(x * (100 - x) for x in range(100)), min((x - 40) ** 2 + 3 for x in range(100)), sorted((x * 37) % 101 for x in range(30))[:5])
words = [chr(97 + i % 26) * (i % 4 + 1) for i in range(400)]
print(len({w for w in words}), sum(len(w) for w in words if w[0] in "aeiou"), {len(w): w for w in words}, "".join(w[0] for w in words[:30]))
nested = [x for row in [[1, 2], [3, 4.5], ["s"]] * 200 for x in row]
print(len(nested), nested[-5:], sum(x for x in nested if not isinstance(x, str)))
f = [lambda x, k=k: x * k for k in range(50)]
print(sum(g(i) for i, g in enumerate(f)), [g(2) for g in f[:5]])
out = []
for n in range(1000):
    y = [z for z in (n, n + 1) if z % 3]
    if n % 250 == 0:
        out.append(y)
print(out)
try:
    for n in range(1000):
        [10 // (900 - n) for _ in range(2)]
except ZeroDivisionError as error:
    print(n, error)
