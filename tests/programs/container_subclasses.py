# Subclasses of the built-in containers that redefine their operations: which of them the containers themselves use.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)
class L(list):
    def __init__(self, *a, name="n", **k):
        super().__init__(*a, **k)
        self.name = name
    def __getitem__(self, i): return ("got", i)
    def append(self, x): super().append(("app", x))
    def __len__(self): return 99
    def __contains__(self, x): return True
    def __iter__(self): return iter("iter")
    def __eq__(self, o): return "eq"
    __hash__ = None
l = L([1,2], name="q")
l.append(3)
show("L", lambda: (l, l.name, l[0], l[1:], len(l), 5 in l, list(l), l == 1, list.__len__(l), [*l], l + [9], l * 2, sorted(l), tuple(l), l.copy(), type(l[:]), type(l.copy()).__name__))
x=[]; x.extend(l); print(x)
x[:] = l; print(x)
show("kw", lambda: L(foo=1))
class D(dict):
    def __init__(self, *a, **k): super().__init__(*a, **k); self.extra = 1
    def __getitem__(self, k): return "item"
    def __setitem__(self, k, v): super().__setitem__(k, ("set", v))
    def keys(self): return ["fake"]
    def __iter__(self): return iter(["it"])
    def __len__(self): return 7
    def get(self, k, d=None): return "get"
    def __contains__(self, k): return k == "c"
d = D({1: 2}, b=3)
d["z"] = 1
show("D", lambda: (d, d["q"], d.get(1), list(d), len(d), 1 in d, "c" in d, dict(d), {**d}, d.copy(), d | {5: 6}, dict.__len__(d), bool(d), d == {1: 2, "b": 3, "z": ("set", 1)}))
def f(**k): return k
show("**", lambda: f(**d))
y = {}; y.update(d); print(y)
class D2(dict):
    def keys(self): return ["fake"]
    def __getitem__(self, k): return k * 2
show("D2", lambda: (dict(D2(a=1)), {**D2(a=1)}, f(**D2(a=1))))
class T(tuple):
    def __getitem__(self, i): return "T"
    def __iter__(self): return iter("xy")
    def __len__(self): return 5
    def __eq__(self, o): return True
    def __hash__(self): return 3
t = T((1,2))
show("T", lambda: (t, t[0], list(t), len(t), t == 5, hash(t), tuple(t), t + (3,), [*t], t[0:1], (1,2) == t, {t: 1}[t], list(reversed(t))))
a, b = t
print(a, b)
class S(set):
    def __contains__(self, x): return True
    def add(self, x): super().add(("added", x))
    def __len__(self): return 3
s = S([1])
s.add(2)
show("S", lambda: (100 in s, len(s), len(s | {7}), s - {1}, s == {1, ("added", 2)}, type(set(s)).__name__))
class Slots(list):
    __slots__ = ("a", "b")
    def __init__(self): self.a = 1
z = Slots(); z.append(5)
show("slots", lambda: (z, z.a, z.b))
show("slots2", lambda: setattr(z, "c", 1))
class E(enumerate): pass
show("E", lambda: list(E("ab", start=3)))
class R(reversed): pass
show("R", lambda: list(R([1,2])))
show("noinherit", lambda: type("X", (range,), {}))
show("noinherit", lambda: type("X", (slice,), {}))
show("noinherit", lambda: type("X", (type(None),), {}))
show("multi", lambda: type("X", (list, dict), {}))
class LE(list):
    def __lt__(self, o): return "lt"
show("reflected", lambda: ([1] > LE(), [1] < LE(), LE() < [1]))
class Add:
    def __radd__(self, o): return ("radd", o)
    def __rmul__(self, o): return ("rmul", o)
    def __ror__(self, o): return ("ror", o)
    def __rand__(self, o): return ("rand", o)
show("radd", lambda: ([1] + Add(), (1,) + Add(), [1] * Add(), {1} | Add(), {1: 2} | Add(), {1}.__and__(Add()), {1} & Add(), {1:2}.keys() & Add()))
q = [1]; q += (i for i in range(2)); print(q)
show("iadd", lambda: [1].__iadd__(Add()))
def iadd():
    q = [1]
    q += Add()
    return q
show("iadd2", iadd)
import sys
show("maxsize", lambda: ([1].index(1, 0, sys.maxsize), [1,2][-sys.maxsize:sys.maxsize]))
show("repeat huge", lambda: [1] * sys.maxsize)
show("tuple repeat huge", lambda: (1,) * sys.maxsize)
show("insert huge", lambda: [1].insert(10**30, 1))
show("pop huge", lambda: [1].pop(10**30))
show("neg", lambda: [1].insert(-10, 0))
m = [[]]; m[0].append(m)
show("recursive eq", lambda: m == [[m]])
print("end")
