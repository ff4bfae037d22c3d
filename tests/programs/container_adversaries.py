# Containers whose items change them from __eq__, __hash__, __lt__, __index__, __repr__ and __del__: all that counts is to survive.
seed = 99
def rnd(n):
    global seed
    seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
    return (seed >> 33) % n
L = []; D = {}; S = set()
depth = 0
def act():
    global depth
    if depth > 2: return
    depth += 1
    try:
        k = rnd(14)
        if k == 0: L.clear()
        elif k == 1: L.append(K(rnd(5)))
        elif k == 2 and L: L.pop(rnd(len(L)))
        elif k == 3: D.clear()
        elif k == 4: D[K(rnd(9))] = K(rnd(5))
        elif k == 5: D.pop(K(rnd(9)), None)
        elif k == 6: S.clear()
        elif k == 7: S.add(K(rnd(9)))
        elif k == 8: S.discard(K(rnd(9)))
        elif k == 9: L[rnd(4):rnd(6)] = [K(1), K(2)]
        elif k == 10 and D: D.popitem()
        elif k == 11 and S: S.pop()
        elif k == 12: D.update({i: K(i) for i in range(rnd(20))})
        elif k == 13: S.update(range(rnd(30)))
    except Exception as e:
        pass
    finally:
        depth -= 1
class K:
    def __init__(self, n): self.n = n
    def __hash__(self):
        if rnd(20) == 0: act()
        return self.n % 3
    def __eq__(self, o):
        if rnd(6) == 0: act()
        return isinstance(o, K) and self.n == o.n
    def __lt__(self, o):
        if rnd(6) == 0: act()
        return isinstance(o, K) and self.n < o.n
    def __repr__(self):
        if rnd(6) == 0: act()
        return f"K{self.n}"
    def __del__(self):
        if rnd(10) == 0: act()
    def __index__(self):
        act()
        return self.n
def v(): return K(rnd(6)) if rnd(3) else rnd(6)
def gen():
    for _ in range(rnd(5)):
        act(); yield v()
ops = [
 lambda: L.append(v()), lambda: L.extend(gen()), lambda: L.insert(K(rnd(4)), v()), lambda: L.pop(K(rnd(3))), lambda: L.remove(v()), lambda: L.index(v()), lambda: L.count(v()), lambda: L.sort(), lambda: L.sort(key=lambda x: (act(), x)[1] if rnd(2) else 0), lambda: L[K(rnd(4)):K(rnd(6))], lambda: L.__setitem__(slice(K(rnd(3)), K(rnd(5)), K(rnd(3))), gen()), lambda: L.__delitem__(slice(K(0), K(5), 2)), lambda: L == list(L), lambda: L < [v(), v()], lambda: v() in L, lambda: repr(L), lambda: L.__iadd__(L), lambda: L * K(2), lambda: sorted(L, key=repr), lambda: [x for x in L],
 lambda: D.__setitem__(v(), v()), lambda: D.get(v()), lambda: D.pop(v(), 0), lambda: D.setdefault(v(), v()), lambda: D.update((v(), v()) for _ in range(3)), lambda: D.update(dict.fromkeys(gen())), lambda: D == dict(D), lambda: D == {v(): v()}, lambda: repr(D), lambda: list(D.items()), lambda: D | {v(): 1}, lambda: D.keys() & S, lambda: D.items() - S, lambda: D.__delitem__(v()), lambda: [k for k in D], lambda: D.keys() == S, lambda: (v(), v()) in D.items(), lambda: D.copy(), lambda: {**D},
 lambda: S.add(v()), lambda: S.discard(v()), lambda: S.update(gen()), lambda: S | set(L), lambda: S & set(D), lambda: S - set(L), lambda: S ^ set(D), lambda: S.difference_update(gen()), lambda: S.intersection_update(gen()), lambda: S.symmetric_difference_update(gen()), lambda: S <= set(D), lambda: S == set(L), lambda: repr(S), lambda: S.isdisjoint(gen()), lambda: [x for x in S], lambda: S.pop(), lambda: frozenset(S), lambda: v() in S, lambda: S.intersection(gen(), gen()), lambda: hash(frozenset(S)),
 lambda: list(zip(L, D, S)), lambda: list(map(lambda *a: act(), L, D)), lambda: list(filter(lambda x: act() or True, L)), lambda: tuple(gen()), lambda: (v(), v()) < (v(), v()), lambda: (v(), v()).index(v()), lambda: list(enumerate(gen())), lambda: list(reversed(L)), lambda: range(K(5)).index(v()),
]
n = 0
for step in range(1500):
    i = rnd(len(ops))
    try:
        ops[i](); r = "ok"
    except Exception as e:
        r = type(e).__name__
    n += 1
    if len(L) > 30: L.clear()
print("survived", n)
