# Sets in hot loops.
def sieve(n):
    composite = set()
    primes = []
    for i in range(2, n):
        if i not in composite:
            primes.append(i)
            for j in range(i * i, n, i):
                composite.add(j)
    return primes


p = sieve(2000)
print(len(p), p[-1], sum(p))


def collatz_seen(n):
    seen = set()
    longest = (0, 0)
    for start in range(1, n):
        x, steps = start, 0
        while x != 1 and x not in seen:
            seen.add(x)
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            steps += 1
        if steps > longest[0]:
            longest = (steps, start)
    return longest, len(seen), max(seen)


print(collatz_seen(1000))


def reachable(edges, start):
    seen, todo = {start}, [start]
    while todo:
        node = todo.pop()
        for successor in edges(node):
            if successor not in seen:
                seen.add(successor)
                todo.append(successor)
    return seen


found = reachable(lambda n: ((n * 2) % 997, (n + 7) % 997), 1)
print(len(found), sum(found))
s = set()
log = []
for i in range(3000):
    if i % 3 == 2:
        s.discard(i - 2)
    else:
        s.add(i if i < 2000 else str(i))
    if i % 1000 == 999:
        log.append(len(s))
print(log, len([x for x in s if isinstance(x, str)]))
a, b = set(range(0, 300, 2)), set(range(0, 300, 3))
total = 0
for i in range(200):
    total += len(a & b) + len(a - b) * 2 + (i in a)
    a.add(i * 7)
print(total, len(a), len(a | b), len(a ^ b))
rules = {frozenset((x, y)) for x in range(30) for y in range(30)}
print(len(rules), frozenset((3, 5)) in rules, frozenset((5, 3)) in rules, frozenset((40,)) in rules)
