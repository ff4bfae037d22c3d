# Operations of containers through syntax, builtins and unbound methods, right and wrong.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)
show("sizes", lambda: [].__sizeof__() > 0)
show("format", lambda: (format([1]), f"{(1,2)!r:>10}", "%s" % [1], "%s %s" % (1, {2}), str({1:2})))
show("format bad", lambda: format([1], "x"))
show("str", lambda: (str(range(3)), repr(slice(None)), str(...), str(None), repr(NotImplemented)))
show("bool", lambda: (bool([]), bool([0]), bool(()), bool({}), bool(set()), bool(range(0)), bool(range(1)), bool(None), bool(...)))
show("in", lambda: (1 in [1], "a" in ("a",), None in {None}, 1.0 in range(3), () in [()], float("nan") in [float("nan")]))
show("unpack", lambda: (lambda a, b, *c: (a, b, c))(*[1, 2], *(3,), *{4: 5}, *range(2)))
def u(n, seq):
    if n == 2:
        a, b = seq
        return a, b
    a, *b, c = seq
    return a, b, c
show("u", lambda: (u(2, [1, 2]), u(2, {1: 0, 2: 0}), u(3, (1, 2, 3, 4)), u(3, "ab"), u(2, range(2))))
show("u few", lambda: u(2, [1]))
show("u many", lambda: u(2, (1, 2, 3)))
show("u many list", lambda: u(2, [1, 2, 3]))
show("u many dict", lambda: u(2, {1: 1, 2: 2, 3: 3}))
show("u many iter", lambda: u(2, iter([1, 2, 3])))
show("u star", lambda: u(3, [1]))
show("u bad", lambda: u(2, 5))
show("merge", lambda: {**{"a": 1}, "b": 2, **{"a": 3}})
show("merge bad", lambda: {**[1]})
show("star bad", lambda: [*5])
show("tuple star bad", lambda: (*5,))
show("set star", lambda: {*[1, 2], *(3,)})
show("comp", lambda: ([x * y for x in range(3) for y in range(x)], {x: x**2 for x in range(3)}, {x % 2 for x in range(5)}, list(x for x in "ab")))
show("del", lambda: (lambda a: (a.__delitem__(0), a.__delitem__(slice(1, None)), a))([1, 2, 3, 4]))
show("setitem const", lambda: (lambda t: t.__setitem__)((1,)))
def f():
    t = (1, 2)
    t[0] = 5
show("tuple assign", f)
def f():
    t = (1, 2)
    del t[0]
show("tuple del", f)
def f():
    s = {1}
    s[0]
show("set subscript", f)
def f():
    s = {1}
    s[0] = 1
show("set assign", f)
def f():
    range(3)[0] = 1
show("range assign", f)
def f():
    t = ([],)
    try:
        t[0] += [1]
    except TypeError as e:
        print(e)
    return t
show("tuple iadd", f)
show("max", lambda: (max([1, 3, 2]), min("bca"), max({1: 0, 5: 0}), max([], default=7), max([1, 2], key=lambda x: -x), max(1, 2.5)))
show("sum", lambda: (sum([1, 2]), sum([[1], [2]], []), sum((0.1,) * 10), sum({1: 0, 2: 0})))
show("sum bad", lambda: sum([[1], [2]]))
show("any", lambda: (any([]), all([]), any({0: 1}), all((1, 0))))
show("sorted", lambda: (sorted({3: 0, 1: 0}), sorted(range(5), reverse=True), sorted("bca", key=ord)))
show("len bad", lambda: len(5))
show("len gen", lambda: len(x for x in []))
show("hash", lambda: (hash((1, 2)), hash(frozenset({1, 2})), hash(range(3)), hash(None) == hash(None)))
show("attrs", lambda: [].x)
show("attrs set", lambda: setattr([], "x", 1))
show("attrs dict", lambda: setattr({}, "x", 1))
show("attrs del", lambda: delattr((), "x"))
show("class", lambda: ([].__class__, type({}), isinstance([], (tuple, list)), issubclass(dict, object)))
show("dir", lambda: ([m for m in dir(list) if not m.startswith("_")], [m for m in dir(dict) if not m.startswith("_")], [m for m in dir(set) if not m.startswith("_")], [m for m in dir(tuple) if not m.startswith("_")], [m for m in dir(frozenset) if not m.startswith("_")], [m for m in dir(range) if not m.startswith("_")]))
show("dunders", lambda: ([m for m in dir(list)], [m for m in dir(dict)]))
show("dunders2", lambda: ([m for m in dir(set)], [m for m in dir(tuple)], [m for m in dir(range)], [m for m in dir(slice)], [m for m in dir(enumerate)], [m for m in dir(zip)], [m for m in dir({}.keys())], [m for m in dir({}.values())], [m for m in dir(iter([]))], [m for m in dir(None)]))
show("sig", lambda: (list.append.__text_signature__, list.__text_signature__, dict.get.__text_signature__, dict.pop.__text_signature__, list.index.__text_signature__, list.sort.__text_signature__, dict.fromkeys.__text_signature__))
show("qualnames", lambda: (list.append.__qualname__, [].append.__qualname__, dict.fromkeys.__qualname__, list.append, [].append.__self__, list.__len__, dict.__getitem__))
show("calls", lambda: (list.append([1], 2), list.__len__([1]), dict.get({1: 2}, 1), list.__add__([1], [2]), list.__mul__([1], 2), list.__rmul__([1], 2), tuple.__lt__((1,), (2,)), list.__eq__([1], (1,)), dict.__or__({}, {}), dict.__ror__({1: 1}, {2: 2}), set.__rsub__({1}, {1, 2}), list.__contains__([1], 1), list.__getitem__([1], 0)))
show("calls bad", lambda: list.append((), 1))
show("calls bad", lambda: list.__len__(()))
show("calls bad", lambda: [].__getitem__())
show("calls bad", lambda: [].__setitem__(0))
show("calls bad", lambda: [].append(x=1))
show("calls bad", lambda: {}.get(key=1))
show("calls bad", lambda: {}.update(1, 2, 3))
show("calls bad", lambda: [].insert(1))
show("calls bad", lambda: [].pop(1, 2))
show("calls bad", lambda: [].pop(x=1))
show("calls bad", lambda: [].clear(1))
show("calls bad", lambda: set().add())
show("calls bad", lambda: set().union(x=1))
show("calls bad", lambda: (1,).count())
show("calls bad", lambda: {}.setdefault(1, 2, 3))
show("calls bad", lambda: {}.keys(1))
show("calls bad", lambda: dict.fromkeys(1, 2, 3))
show("calls bad", lambda: range(3).index())
show("calls bad", lambda: slice(1).indices())
show("calls bad", lambda: [].index(1, 2, 3, 4))
show("calls bad", lambda: [1].index(x=1))
show("new", lambda: (list.__new__(list), dict.__new__(dict), set.__new__(set), tuple.__new__(tuple, [1]), frozenset.__new__(frozenset, [1]), range.__new__(range, 2)))
show("new bad", lambda: list.__new__(dict))
show("new bad", lambda: tuple.__new__(list))
show("init twice", lambda: (lambda l: (l.__init__([9]), l))([1, 2]))
show("init twice", lambda: (lambda l: (l.__init__(a=9), l))({1: 2}))
show("init twice", lambda: (lambda l: (l.__init__([9]), l))({1, 2}))
show("init tuple", lambda: (1,).__init__(5))
show("iter types", lambda: type(iter([]))())
show("next", lambda: (next(iter([]), "d"), next(iter({1: 2})), next(enumerate("a")), next(zip("a"))))
