# Every method of dict, with its errors.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e, getattr(e, "__notes__", ""))

d = {"a": 1, "b": 2}
show("get", lambda: (d.get("a"), d.get("x"), d.get("x", 9)))
show("get unhashable", lambda: d.get([]))
show("setdefault", lambda: (d.setdefault("a", 5), d.setdefault("c"), d.setdefault("e", 7), d))
show("pop", lambda: (d.pop("c"), d.pop("zz", "default"), d))
show("pop missing", lambda: d.pop("zz"))
show("pop args", lambda: d.pop())
show("pop many", lambda: d.pop(1, 2, 3))
show("popitem", lambda: (d.popitem(), d))
show("popitem empty", lambda: {}.popitem())
show("subscript", lambda: d["nope"])
show("subscript tuple", lambda: d[1, 2])
show("delete", lambda: d.__delitem__("nope"))
show("unhashable", lambda: {[]: 1})
show("unhashable in", lambda: {} in d)
show("unhashable nested", lambda: d[([],)])
show("clear", lambda: (d.clear(), d))

show("update", lambda: (d.update({"x": 1}, y=2), d))
show("update pairs", lambda: (d.update([("z", 3), "ab", ["k", "v"]]), d))
show("update kw", lambda: (d.update(self=1, other=2), d))
show("update nothing", lambda: d.update())
show("update int", lambda: d.update(5))
show("update bad item", lambda: d.update([1]))
show("update bad length", lambda: d.update([(1, 2, 3)]))
show("update bad second", lambda: d.update([(1, 2), "x"]))
show("update two", lambda: d.update(1, 2))
show("dict two", lambda: dict(1, 2))
show("dict bad", lambda: dict([(1,)]))

class Mapping:
    def keys(self):
        return iter(["p", "q"])
    def __getitem__(self, key):
        return key * 2
class KeysOnly:
    def keys(self):
        return ["p"]
show("mapping", lambda: dict(Mapping()))
show("mapping kw", lambda: dict(Mapping(), q=0, r=1))
show("keys only", lambda: dict(KeysOnly()))
show("iter of pairs", lambda: dict(zip("abc", range(3))))
show("dict of dict", lambda: dict({1: 2}, a=3))
show("self update", lambda: (lambda x: (x.update(x), x))({1: 2}))

show("fromkeys", lambda: dict.fromkeys("aba"))
show("fromkeys value", lambda: dict.fromkeys(range(3), []))
show("fromkeys dict", lambda: dict.fromkeys({1: 2, 3: 4}, 0))
show("fromkeys set", lambda: dict.fromkeys({7}, 0))
show("fromkeys bad", lambda: dict.fromkeys(5))
show("fromkeys unhashable", lambda: dict.fromkeys([[]]))
show("fromkeys none", lambda: dict.fromkeys())
class Sub(dict):
    def __setitem__(self, k, v):
        dict.__setitem__(self, k, (v, v))
    def __missing__(self, key):
        return f"<{key}>"
show("fromkeys subclass", lambda: (type(Sub.fromkeys("ab", 1)).__name__, Sub.fromkeys("ab", 1)))
s = Sub(a=1)
show("missing", lambda: (s["a"], s["b"], s.get("b"), "b" in s, len(s)))
show("subclass copy", lambda: (type(s.copy()).__name__, s.copy()))
show("subclass or", lambda: (type(s | {"z": 0}).__name__, s | {"z": 0}))
show("subclass pop", lambda: s.pop("nothing"))

a, b = {1: "a", 2: "b"}, {2: "B", 3: "C"}
show("or", lambda: (a | b, b | a, a, b))
show("ior", lambda: a.__ior__([(9, 9)]))
a |= b
show("ior2", lambda: a)
show("or list", lambda: a | [(1, 2)])
show("ror", lambda: [(1, 2)] | a)
show("or method", lambda: a.__or__([(1, 2)]))
show("ior int", lambda: a.__ior__(4))
show("lt", lambda: a < b)
show("eq", lambda: ({1: 1.0} == {True: 1}, {1: 2} == {1: 3}, {1: 2} != {2: 1}, {} == [], {1: 2} == {1: 2, 3: 4}))
show("nan", lambda: (lambda n: ({n: n} == {n: n}, {1: n} == {1: n}, {1: n} == {1: float("nan")}))(float("nan")))
show("hash", lambda: hash({}))

show("reversed", lambda: (list(reversed(a)), list(reversed(a.values())), list(reversed(a.items()))))
show("order", lambda: list({3: 0, 1: 0, 2: 0} | {1: 9, 0: 0}))
e = {i: i for i in range(6)}
for i in (1, 3, 5):
    del e[i]
e[1] = "again"
e[0] = "kept"
show("order after delete", lambda: e)
show("popitem order", lambda: (e.popitem(), e.popitem(), e))
show("keys same", lambda: {1: "int", 1.0: "float", True: "bool", 2**62: "big", float(2**62): "big float"})
r = {}
r["r"] = r
r["v"] = r.values()
r["i"] = r.items()
show("recursive repr", lambda: repr(r)[:60])
show("len, bool", lambda: (len(a), bool(a), bool({})))
show("contains", lambda: (1 in a, "1" in a, a.__contains__(2)))
show("copy is shallow", lambda: (lambda x: (x.copy()[0] is x[0], x.copy() is x))({0: []}))
show("sum of many", lambda: sum({str(i): i for i in range(5000)}.values()))
