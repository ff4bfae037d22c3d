# Random operations on a list, a dict and a set, every result and every error printed. Nothing here hashes a string:
# the order of the set depends on the operations alone.
seed = 2024
def rnd(n):
    global seed
    seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
    return (seed >> 33) % n
class H:
    def __init__(self, n): self.n = n
    def __hash__(self): return self.n % 3
    def __eq__(self, o): return isinstance(o, H) and o.n == self.n
    def __lt__(self, o): return self.n < o.n if isinstance(o, H) else NotImplemented
    def __repr__(self): return f"H{self.n}"
class I:
    def __index__(self): return rnd(7) - 3
    def __repr__(self): return "I"
def val(d=0):
    k = rnd(16)
    if k < 6: return rnd(12) - 4
    if k == 6: return rnd(4) / 2
    if k == 7: return (rnd(3), rnd(3))
    if k == 8: return None
    if k == 9: return rnd(2) == 1
    if k == 10: return H(rnd(6))
    if k == 11: return 2**62 + rnd(3) - 1
    if k == 12 and d < 2: return tuple(val(d+1) for _ in range(rnd(4)))
    if k == 13 and d < 2: return [val(d+1) for _ in range(rnd(4))]
    if k == 14 and d < 2: return frozenset(x for x in (rnd(9) for _ in range(rnd(4))))
    if k == 15: return 10**20 + rnd(2)
    return rnd(5)
def sl():
    def b(): return [None, rnd(15) - 7, rnd(15) - 7, I(), 10**20, -10**20, "x"][rnd(60) % 7 if rnd(6) == 0 else rnd(3)]
    return slice(b(), b(), [None, 1, 2, -1, -2, 3, 0][rnd(7)] if rnd(3) else None)
def it():
    k = rnd(8)
    vs = [val() for _ in range(rnd(6))]
    if k == 0: return vs
    if k == 1: return tuple(vs)
    if k == 2: return iter(vs)
    if k == 3: return (v for v in vs)
    if k == 4: return range(rnd(6))
    if k == 5: return tuple(range(rnd(6)))
    if k == 6: return {rnd(9): 1 for _ in range(rnd(5))}
    return val()
def attempt(name, f):
    try:
        r = f()
        try: s = repr(r)
        except Exception as e: s = "repr " + str(e)
        if " at 0x" in s: s = type(r).__name__
        return f"{name} -> {s}"
    except Exception as e:
        return f"{name} !! {type(e).__name__}: {e}"
L = []; D = {}; S = set()
lops = [
 lambda: L.append(val()), lambda: L.extend(it()), lambda: L.insert(rnd(9) - 4, val()), lambda: L.pop(), lambda: L.pop(rnd(9) - 4),
 lambda: L.remove(val()), lambda: L.index(val()), lambda: L.index(val(), rnd(9) - 4, rnd(9) - 4), lambda: L.count(val()), lambda: L.reverse(),
 lambda: L.sort(), lambda: L.sort(key=repr), lambda: L.sort(key=lambda x: str(x)[::-1], reverse=True), lambda: L[sl()], lambda: L.__setitem__(sl(), it()), lambda: L.__delitem__(sl()),
 lambda: L.__setitem__(rnd(9) - 4, val()), lambda: L.__delitem__(rnd(9) - 4), lambda: L[val()], lambda: L + [val()], lambda: L + val(), lambda: L * (rnd(5) - 1) if len(L) < 20 else None,
 lambda: L.__imul__(rnd(3)) if len(L) < 12 else L.clear(), lambda: L == [x for x in L], lambda: L < [val() for _ in range(3)], lambda: L >= L[1:], lambda: val() in L, lambda: L.copy() == L, lambda: L.__iadd__(it()),
 lambda: list(reversed(L)), lambda: list(enumerate(L, rnd(5))), lambda: list(zip(L, it())), lambda: sorted(L), lambda: min(L), lambda: max(L), lambda: sum(L), lambda: tuple(L) == tuple(L[:]), lambda: hash(tuple(x for x in L if isinstance(x, (int, float, tuple)))),
 lambda: list(map(lambda x: x, L)), lambda: list(filter(None, L)), lambda: any(L), lambda: all(L), lambda: len(L), lambda: L.__sizeof__() >= 40, lambda: dict.fromkeys(L),
]
dops = [
 lambda: D.__setitem__(val(), val()), lambda: D.__setitem__(val(), val()), lambda: D.__setitem__(rnd(30), val()), lambda: D.get(val()), lambda: D[val()], lambda: D.pop(val()), lambda: D.pop(val(), "dflt"), lambda: D.popitem(), lambda: D.setdefault(val(), val()),
 lambda: D.update(it()), lambda: D.update([(val(), val()) for _ in range(rnd(4))]), lambda: D.update({5: val()}, **{}), lambda: D.__delitem__(val()), lambda: val() in D, lambda: list(D), lambda: list(D.items()), lambda: list(reversed(D)), lambda: D == dict(D), lambda: D == {val(): val()},
 lambda: D | {val(): val()}, lambda: D.__ior__(it()), lambda: D.keys() & it(), lambda: sorted(D.keys() - set(range(5)), key=repr), lambda: len(D.keys() | {1, 2}), lambda: D.items() <= D.items(), lambda: D.keys() == set(D), lambda: D.copy() == D, lambda: D.clear() if rnd(10) == 0 else None, lambda: len(D), lambda: D.values(), lambda: {v: k for k, v in D.items()}, lambda: dict(zip(it(), it())), lambda: (val(), val()) in D.items(),
]
sops = [
 lambda: S.add(val()), lambda: S.add(rnd(40)), lambda: S.add(rnd(40)), lambda: S.discard(val()), lambda: S.discard(rnd(40)), lambda: S.remove(rnd(40)), lambda: S.update(it()), lambda: list(x for x in S if type(x) is int), lambda: {x for x in S if type(x) is int and x < 2**40}, lambda: [x for x in (S & set(range(20))) if type(x) is int], lambda: [x for x in (S | set(range(0, 60, 7))) if type(x) is int],
 lambda: [x for x in S - set(range(10)) if type(x) is int], lambda: [x for x in S ^ set(range(5, 15)) if type(x) is int], lambda: S <= set(range(40)), lambda: S == set(S), lambda: S.isdisjoint(it()), lambda: S.issuperset(it()), lambda: len(S.intersection(it())), lambda: len(S.difference(it())), lambda: len(S.symmetric_difference(it())), lambda: S.intersection_update(S | {1}), lambda: S.difference_update(range(rnd(10))), lambda: S.symmetric_difference_update({rnd(30), rnd(30)}),
 lambda: val() in S, lambda: hash(frozenset(x for x in S if type(x) is int)), lambda: len(S), lambda: S.clear() if rnd(15) == 0 else None, lambda: S > {rnd(5)}, lambda: S | it(), lambda: [x for x in S.copy() if type(x) is int], lambda: min((x for x in S if type(x) is int), default=None), lambda: frozenset(it()) == 1, lambda: S.pop() if all(type(x) is int for x in S) else S.clear(),
]
for step in range(1500):
    which = rnd(3)
    ops = (lops, dops, sops)[which]
    i = rnd(len(ops))
    r = attempt(f"{'LDS'[which]}{i}", ops[i])
    print(step, r[:200])
    if len(L) > 40: L.clear()
    if len(D) > 60: D.clear()
print(L, D)
