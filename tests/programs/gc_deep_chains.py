# Chains so long that a destructor that calls itself would overflow the native stack.
import gc

gc.disable()
DEPTH = 4000


class Slotted:
    __slots__ = ("next",)

    def __init__(self, n):
        self.next = n


class Plain:
    def __init__(self, n):
        self.next = n


class Final(Plain):
    count = 0

    def __del__(self):
        Final.count += 1


class Dict(dict):
    pass


class List(list):
    pass


def generator(x):
    yield x


def started(x):
    g = generator(x)
    next(g)
    return g


def closure(x):
    return lambda: x


def cause(x):
    e = ValueError()
    e.__cause__ = x
    return e


def context(x):
    e = ValueError()
    e.__context__ = x
    return e


def subclass(x):
    d = Dict()
    d["x"] = x
    return d


def traceback(x):
    local = x
    try:
        1 / 0
    except ZeroDivisionError as e:
        return e


LINKS = {
    "list": lambda x: [x], "tuple": lambda x: (x,), "dict": lambda x: {1: x}, "frozenset": lambda x: frozenset([x]),
    "slots": Slotted, "instance": Plain, "finaliser": Final, "dict subclass": subclass, "list subclass": lambda x: List([x]),
    "generator": generator, "suspended generator": started, "closure": closure, "cause": cause, "context": context,
    "traceback": traceback, "slice": slice, "iterator": lambda x: iter([x]), "zip": lambda x: zip(x or ()),
    "map": lambda x: map(None, x or ()), "enumerate": lambda x: enumerate(x or ()),
    "bound method": lambda x: [x].append, "property": property, "staticmethod": staticmethod,
    "mixed": lambda x: [({1: Plain(x)},)],
}
for name, link in LINKS.items():
    # By its count.
    chain = None
    for i in range(DEPTH):
        chain = link(chain)
    chain = None
    # As part of a cycle.
    root = Plain(None)
    root.me = root
    for i in range(DEPTH):
        chain = link(chain)
    root.chain = chain
    root = chain = None
    print(name, gc.collect() > 0)
print(Final.count == 2 * DEPTH)
# A collection looks through a live chain.
chain = None
for i in range(5 * DEPTH):
    chain = [chain]
print(gc.collect())
