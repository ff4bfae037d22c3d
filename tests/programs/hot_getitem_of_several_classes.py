# One subscription that meets containers of several classes, whose __getitem__ is Python code of its own.
from collections import ChainMap


class Path:
    def __getitem__(self, name):
        found = self
        for part in name.split("."):
            found = getattr(found, part)
        return found


class Doubled:
    def __getitem__(self, name):
        return name * 2


class Plain(dict):
    pass


def lookup(container, key):
    return str(container[key])


def run(n):
    path = Path()
    path.bag = Path()
    path.bag.what = "ham"
    out = []
    for i in range(n):
        out.append(lookup(path, "bag.what"))
        out.append(lookup(path, "bag.what"))
        if i % 3 == 0:
            out.append(lookup(ChainMap({"a": i}, {"b": 2}), "b"))
        if i % 5 == 0:
            out.append(lookup(Doubled(), "x"))
            out.append(lookup(Plain(a=i), "a"))
        if i == n - 4:
            Path.__getitem__ = lambda self, name: "changed " + name
    return out


result = run(60)
print(len(result), result[:6], result[-8:])
