# Dictionaries: order, lookup, mutation, equality.
d = {"one": 1, "two": 2, 3: "three", (4,): [4], None: None, 1.5: "float"}
print(d, len(d), d["one"], d[3], d[(4,)], d[None], "one" in d, "x" in d, 3.0 in d)
d["new"] = 1
d["one"] = 100
del d["two"]
d[3] += "!"
print(d, list(d), list(d.values()), list(d.items())[:2])
print(d.get("one"), d.get("x"), d.get("x", 0), d.pop("new"), d.pop("new", "gone"), d.setdefault("one", 5), d.setdefault("k", []), d)
print({1: "a", True: "b", 1.0: "c"}, {"a": 1, "b": 2} == {"b": 2, "a": 1}, {} == {}, {"a": 1} != {"a": 2})
print(dict(a=1, b=2), dict([("x", 1), ("y", 2)]), dict({"p": 1}, q=2), dict(zip("ab", (1, 2))), dict())
print({"a": 1} | {"b": 2, "a": 3}, {**{"x": 1}, "y": 2, **{"x": 3}}, dict.fromkeys("abc"), dict.fromkeys([1, 2], 0))
e = {"a": 1}
e |= [("b", 2)]
e.update(c=3)
e.update({"a": 10}, d=4)
print(e, e.popitem(), e.popitem(), e, e.copy() is e)
attempts = [
    lambda: d["missing"],
    lambda: d[7],
    lambda: {}.popitem(),
    lambda: {[]: 1},
    lambda: d[{}],
    lambda: d.pop("missing"),
    lambda: dict([1]),
    lambda: dict([(1, 2, 3)]),
    lambda: {} < {},
    lambda: d.__delitem__("missing"),
]
for attempt in attempts:
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
e.clear()
print(e, bool(e), repr({"self": e}))
