# Hashes, comparison and methods of tuples; slices as values.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

show("hashes", lambda: [hash(t) for t in ((), (1,), (1, 2, 3), (0, -1), ((1, 2), 3), (2**70, -2**70), (1.5, None), (True, False), tuple(range(20)))])
show("slice hashes", lambda: [hash(s) for s in (slice(1), slice(1, 2), slice(1, 2, 3), slice(None))])
show("unhashable", lambda: hash((1, [])))
show("unhashable slice", lambda: hash(slice([])))
show("compare", lambda: ((1, 2) < (1, 3), (1,) < (1, 0), (2,) > (1, 5), () < (0,), (1, 2) == (1.0, 2), (1,) != (1,), (1, "a") == (1, 2)))
show("compare types", lambda: (1, "a") < (1, 2))
show("compare list", lambda: (1,) < [1])
show("identity", lambda: (lambda n: ((n,) == (n,), (n,) == (float("nan"),), (n,) < (n,), (n,) <= (n,)))(float("nan")))
show("ops", lambda: ((1,) + (2, 3), () + (1,), (1, 2) * 2, 0 * (1,), (1,) * -1, 3 * ("a",)))
show("add list", lambda: (1,) + [2])
show("repeat", lambda: (1,) * "a")
t = (1, 2)
show("identity", lambda: (t[:] is t, t * 1 is t, t + () is t, () + t is t, tuple(t) is t, tuple([]) is tuple("")))
show("slices", lambda: (t[::-1], t[5:], t[-1:], (0, 1, 2, 3, 4)[1:4:2], (0, 1, 2, 3)[::-2]))
show("index", lambda: (t.index(2), (1, 2, 1).index(1, 1), (1, 2, 1).index(1, -1), (1, 1, 2).count(1), t.count("x")))
show("index missing", lambda: t.index(9))
show("index bound", lambda: t.index(1, 1))
show("index bad", lambda: t.index(1, "a"))
show("item", lambda: (t[0], t[-1], t[True]))
show("item out", lambda: t[2])
show("item str", lambda: t["a"])
show("item none", lambda: t[None])
show("item huge", lambda: t[2**70])
show("assign", lambda: t.__setitem__)
show("reprs", lambda: ((), (1,), (1, 2), ("a", (b"b", [()])), (...,)))
r = ([],)
r[0].append(r)
show("recursive", lambda: r)
show("construct", lambda: (tuple(), tuple("ab"), tuple([1]), tuple(x for x in range(3)), tuple({1: 2})))
show("construct bad", lambda: tuple(5))
show("construct many", lambda: tuple(1, 2))
show("construct kw", lambda: tuple(iterable=[]))
class T(tuple):
    pass
class P(tuple):
    def __new__(cls, x, y):
        return tuple.__new__(cls, (x, y))
    x = property(lambda self: self[0])
    def __add__(self, other):
        return P(self[0] + other[0], self[1] + other[1])
a = T([1, 2])
a.attr = "yes"
show("subclass", lambda: (a, a == (1, 2), hash(a) == hash((1, 2)), type(a[:]).__name__, type(a * 1).__name__, type(a + ()).__name__, a.attr, type(T(a)).__name__))
show("subclass new", lambda: (P(1, 2) + P(3, 4), P(5, 6).x, len(P(1, 2)), isinstance(P(1, 2), tuple)))
show("getnewargs", lambda: (1, 2).__getnewargs__())
x, *y = (1, 2, 3)
(p, q), s = (1, 2), 3
print(x, y, p, q, s)

sl = slice(1, 10, 2)
show("slice", lambda: (sl, sl.start, sl.stop, sl.step, slice(5), slice(1, 2), slice("a", [], ())))
show("slice compare", lambda: (sl == slice(1, 10, 2), sl != slice(1), slice(1, 2) < slice(1, 3), sl <= sl, slice(1) == 1, hash(sl) == hash(slice(1, 10, 2))))
show("slice order", lambda: slice(1) < 5)
show("slice none", lambda: slice(None) < slice(1))
show("indices", lambda: [slice(*a).indices(n) for a, n in (((None,), 5), ((1, None), 5), ((None, None, -1), 5), ((-3, -1), 5), ((10, -10, -3), 7), ((0, 10**30, 10**20), 10**25), ((-(10**30), None, 3), 4))])
show("indices neg", lambda: sl.indices(-1))
show("indices bad", lambda: sl.indices("a"))
show("indices zero", lambda: slice(1, 2, 0).indices(3))
show("indices type", lambda: slice("x").indices(3))
show("slice()", lambda: slice())
show("slice many", lambda: slice(1, 2, 3, 4))
show("slice kw", lambda: slice(stop=1))
show("slice set", lambda: setattr(sl, "start", 3))
show("slice key", lambda: {slice(1, 2): "v"}[slice(1, 2)])
show("slice reduce", lambda: sl.__reduce__())
class K:
    def __getitem__(self, key):
        return key
show("keys", lambda: (K()[1:2], K()[1:2, ::3], K()[...], K()[:, None], K()[()]))
