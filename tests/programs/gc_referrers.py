# Who refers to whom.
import gc

gc.disable()


class C:
    def __init__(self, *args):
        self.a, self.b = args


def names(objects):
    return [type(o).__name__ for o in objects]


def function(x=[1], *, y={2}):
    return x, y


def closure():
    free = [1, 2]

    def inner():
        return free
    return inner


def generator():
    local = "local"
    yield local


print(gc.get_referents(), gc.get_referents(1, "a", None), gc.get_referents([1, 2], (3, 4)))
print(gc.get_referents({1: 2, "a": "b"}), gc.get_referents({"a": 1, "b": [2]}), gc.get_referents({5}))
c = C("x", "y")
print(gc.get_referents(c) == ["x", "y", C])
c.__dict__["c"] = 3
print(names(gc.get_referents(c)))
print(names(gc.get_referents(closure().__closure__[0])), names(gc.get_referents(iter([1]))))
print(names(gc.get_referents(c.__init__)), names(gc.get_referents(property(function))))
print(names(gc.get_referents(slice(1, "a", None))), names(gc.get_referents(super(C, c))))
print([1] in gc.get_referents(function.__defaults__), names(gc.get_referents([].append)))
print(int in gc.get_referents(list[int]), gc.get_referents(int), gc.get_referents(object()))
print("local" in gc.get_referents(generator()))
g = generator()
next(g)
print("local" in gc.get_referents(g))
try:
    raise ValueError("v") from KeyError("k")
except ValueError as e:
    print(names(gc.get_referents(e)))
    e.__traceback__ = None

# Referrers: containers that hold the object itself, not equal ones.
o = C(1, 2)
l, t, d, s = [o, o], (o, 1), {"k": o}, {o}
holder = C(o, None)
found = gc.get_referrers(o)
print([any(x is h for x in found) for h in (l, t, d, s, holder, globals())], len(found))
print(len(gc.get_referrers(object())), gc.get_referrers())
del found
inner = closure()
print([type(x).__name__ for x in gc.get_referrers(inner.__closure__[0].cell_contents)])


class Sub(C):
    pass


print(any(x is Sub for x in gc.get_referrers(C)), any(x is c for x in gc.get_referrers(C)))
