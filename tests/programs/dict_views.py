# Views show the present state and behave as sets.
d = {"a": 1, "b": 2, "c": 3}
keys, values, items = d.keys(), d.values(), d.items()
print(keys, values, items, len(keys), "a" in keys, 2 in values, ("a", 1) in items, ("a", 2) in items)
d["d"] = 4
del d["a"]
print(keys, list(values), sorted(items))
print(sorted(keys & {"b", "x"}), sorted(keys | {"x"}), sorted(keys - {"b"}), sorted(keys ^ {"b", "x"}), keys == {"b", "c", "d"})
print(keys >= {"b"}, keys.isdisjoint({"x"}), sorted(items & {("b", 2)}), list(reversed(keys)))
print(type(keys).__name__, type(values).__name__, type(items).__name__, {1: 2}.keys() == {1: 3}.keys())
for key, value in d.items():
    print(key, value, end="; ")
print()
try:
    for key in d:
        d[key + "x"] = 1
except RuntimeError as error:
    print(error, len(d))
try:
    for key in d:
        del d[key]
except RuntimeError as error:
    print(error)
for key in list(d):
    del d[key]
print(d, keys, list(items))
for key in {"x": 1, "y": 2}:
    d[key] = 1
for key in d:
    d[key] = 2
print(d)
