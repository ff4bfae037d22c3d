# Keys that define __eq__ and __hash__, collisions and missing keys.
class Key:
    def __init__(self, name, number):
        self.name = name
        self.number = number

    def __hash__(self):
        return self.number

    def __eq__(self, other):
        return isinstance(other, Key) and self.name == other.name

    def __repr__(self):
        return f"Key({self.name})"


d = {Key(str(i), i % 3): i for i in range(9)}
print(d, d[Key("4", 1)], Key("4", 2) in d, len(d))
d[Key("4", 1)] = "replaced"
del d[Key("3", 0)]
print(d, [d.get(Key(str(i), i % 3), "-") for i in range(11)])
print(Key("a", 1) in {Key("a", 1)}, Key("a", 1) == Key("a", 2), len({Key("a", 1), Key("a", 1), Key("b", 1)}))


class NoHash:
    def __eq__(self, other):
        return True


class Raising:
    def __hash__(self):
        raise ValueError("no hash today")


class BadHash:
    def __hash__(self):
        return "text"


for cls in (NoHash, Raising, BadHash):
    try:
        {cls(): 1}
    except Exception as error:
        print(type(error).__name__ + ":", error)


class Default(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]


m = Default(a="A")
print(m["a"], m["xy"], m, m.get("nope"), type(m).__name__, isinstance(m, dict), len(m))
