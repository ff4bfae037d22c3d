# Operators of dict views.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

a = {"x": 1, "y": 2, "z": 3}
b = {"y": 2, "z": 30, "w": 4}
S = sorted
show("and", lambda: (S(a.keys() & b.keys()), S(a.items() & b.items())))
show("or", lambda: (S(a.keys() | b.keys()), S(a.items() | b.items())))
show("sub", lambda: (S(a.keys() - b.keys()), S(a.items() - b.items())))
show("xor", lambda: (S(a.keys() ^ b.keys()), S(a.items() ^ b.items())))
show("types", lambda: [type(x).__name__ for x in (a.keys() & b, a.keys() | [1], a.keys() - (), a.keys() ^ "x", ["x"] & a.keys())])
show("iterables", lambda: (S(a.keys() & ["x", "q"]), S(a.keys() | iter("q")), S(a.keys() - {"x": 0}), S(a.keys() ^ "xq")))
show("reflected", lambda: (S(["x", "q"] & a.keys()), S("q" | a.keys()), S("xq" - a.keys()), S("xq" ^ a.keys())))
show("with sets", lambda: (S({"x"} & a.keys()), S({"x"} | a.keys()), S({"x", "q"} - a.keys()), S(frozenset("x") ^ a.keys())))
show("bad", lambda: a.keys() & 1)
show("bad items", lambda: a.items() | 1)
show("bad values", lambda: a.values() & b.values())
show("unhashable", lambda: {1: []}.items() | {1})
show("compare", lambda: (a.keys() == b.keys(), a.keys() == {"x", "y", "z"}, a.keys() == ["x"], a.keys() != {"x"}))
show("order", lambda: (a.keys() < {"x", "y", "z", "q"}, a.keys() <= a.keys(), a.keys() > {"x"}, {"x"} < a.keys(), a.keys() >= b.keys()))
show("order bad", lambda: a.keys() < ["x"])
show("values compare", lambda: (a.values() == a.values(), (lambda v: v == v)(a.values())))
show("isdisjoint", lambda: (a.keys().isdisjoint(b), a.keys().isdisjoint("pq"), a.items().isdisjoint(b.items()), a.keys().isdisjoint(a.keys())))
show("isdisjoint bad", lambda: a.keys().isdisjoint(5))
show("contains", lambda: (("x", 1) in a.items(), ("x", 2) in a.items(), "x" in a.items(), ("x",) in a.items(), 3 in a.values(), "z" in a.keys()))
show("contains unhashable", lambda: ([], 1) in a.items())
show("len", lambda: (len(a.keys()), len(a.items()), len(a.values())))
show("repr", lambda: (a.keys(), a.values(), a.items(), {}.keys()))
show("hash", lambda: hash(a.keys()))
show("hash values", lambda: isinstance(hash(a.values()), int))
show("mapping", lambda: (a.keys().mapping, type(a.items().mapping).__name__))
show("mapping write", lambda: a.keys().mapping.__setitem__)
show("live", lambda: (lambda d, k: (list(k), d.update(q=1), list(k)))({}, None) if False else None)
d = {}
k, v, i = d.keys(), d.values(), d.items()
d["n"] = 1
show("live", lambda: (list(k), list(v), list(i)))
show("reversed", lambda: (list(reversed(a.keys())), list(reversed(a.items())), list(reversed(a.values()))))
show("new", lambda: type(a.keys())())
show("names", lambda: [type(iter(x)).__name__ for x in (a.keys(), a.values(), a.items(), reversed(a.keys()), reversed(a.values()), reversed(a.items()))])
