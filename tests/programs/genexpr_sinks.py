# Generator expressions whose items a builtin takes at once: results, what the expressions see of their frames, exceptions in
# every part, and expressions that are not as simple as they look.
import sys
import traceback


def frames(depth=0):
    f = sys._getframe(1)
    names = []
    while f is not None:
        names.append(f.f_code.co_name)
        f = f.f_back
    return names


def sets(values, offset):
    return set(v + offset for v in values)


def lists(values, offset):
    return list(v * offset for v in values if v != 3)


def tuples(values, offset):
    return tuple(v - offset for v in values)


def closed(values):
    total = 0
    first, second = 10, 20
    for n in range(30):
        total += len(set(v % (n + 1) for v in values))
        total += sum(tuple(v + first + second + n for v in values))
        total += list(v for v in values)[-1]
    return total


for n in range(40):
    a, b, c = sets(range(n), n), lists(range(n), n), tuples(range(n), n)
    assert a == {v + n for v in range(n)} and b == [v * n for v in range(n) if v != 3]
    assert c == tuple([v - n for v in range(n)]), c
    assert type(a) is set and type(b) is list and type(c) is tuple
print(closed(range(7)), closed([1, 2, 3]), closed({5: 0}))


# The same places with everything that may be taken.
def fails(v, at):
    if v == at:
        raise ValueError(f"value {v}")
    return v


def where(kind, at):
    try:
        if kind == 0:
            return len(
                set(
                    fails(v, at)
                    for v in range(6)
                )
            )
        if kind == 1:
            return tuple(
                fails(v, at)
                for v in range(6)
            )
        return list(fails(v, at) for v in range(6))
    except ValueError as e:
        return [(f.name, f.lineno - where.__code__.co_firstlineno, f.colno, f.end_colno) for f in traceback.extract_tb(e.__traceback__)]


for n in range(12):
    results = [where(kind, n) for kind in range(3)]
    if n in (0, 5, 8, 11):
        print(n, *results, sep="\n  ")


# Frames, code and lines inside of the expressions.
def seen():
    return [
        set(tuple(frames()) for _ in range(2)),
        tuple(sys._getframe().f_code.co_name for _ in range(2)),
        list(sys._getframe().f_lineno - seen.__code__.co_firstlineno for _ in range(2)),
        set(sys._getframe().f_code in seen.__code__.co_consts for _ in range(2)),
        list(sys._getframe().f_back.f_code.co_name for _ in range(1)),
        tuple(sorted(sys._getframe().f_locals) for _ in range(1)),
    ]


for n in range(20):
    result = seen()
print(*result, sep="\n")


# What ends an expression in another way.
def stops(n):
    def stop():
        raise StopIteration
    for take in (lambda: set(stop() for _ in range(n)), lambda: tuple(stop() for _ in range(n)), lambda: list(stop() for _ in range(n))):
        try:
            take()
        except RuntimeError as e:
            yield str(e), type(e.__cause__).__name__


for n in range(12):
    last = list(stops(n))
print(last)


class Unhashable:
    __hash__ = None


def unhashable(n):
    try:
        return set(Unhashable() if v == n else v for v in range(8))
    except TypeError as e:
        return str(e)


print([unhashable(n) for n in range(10)][-4:])


# What the container does with an item happens outside of the expression.
class Hashed:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        if self.n == 5:
            raise StopIteration("in a hash")
        self.frames = frames()
        return 1

    def __eq__(self, other):
        self.frames = frames()
        if self.n == 7:
            raise LookupError("in a comparison")
        return self.n == other.n


def hashed(n):
    try:
        return [h.frames for h in set(Hashed(v) for v in range(n, n + 3))][-1]
    except (StopIteration, LookupError) as e:
        return repr(e), [(f.name, f.colno) for f in traceback.extract_tb(e.__traceback__)]


print(*[hashed(n) for n in (*range(20, 32), 0, 1, 3, 5, 6, 8, 9)][-8:], sep="\n")


class Items:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration
        if self.n == 13:
            raise KeyError("thirteen")
        return self.n


def items(n):
    try:
        return len(set(v for v in Items(n))), tuple(v for v in Items(n)), list(v for v in Items(n))[:2]
    except KeyError as e:
        return repr(e)


print([items(n) for n in range(20)][10:16])


# Nested expressions, cells of their own, conditions, walruses, builtins under other names.
def nested(n):
    return (
        set(tuple(a * b for a in range(3)) for b in range(n)),
        tuple(set(a + b for a in range(2)) for b in range(n)),
        list((lambda: v)() for v in range(n)),
        tuple(a + b for a in range(n) for b in range(2)),
        set(last := v for v in range(n)) and last,
        tuple([w for w in range(v)] for v in range(n)),
    )


for n in range(16):
    result = nested(n)
print(nested(3))
print(result[0] == {(0, b, 2 * b) for b in range(15)}, len(result[3]), result[4])


def renamed(n, take):
    return take(v for v in range(n))


print([renamed(n, take) for n in range(4) for take in (set, list, tuple, sum, sorted, frozenset, type)][-7:-1])

set_ = set
for n in range(30):
    if n == 20:
        def set(items):
            return "mine", *items
    value = set(v for v in range(3))
print(value)
set = set_


def shadowed(tuple):
    return tuple(v for v in range(4))


print([shadowed(t) for t in (tuple, list, max, tuple, sum) for _ in range(4)][::4])


# The list that takes the items is not seen by anybody; references are let go of when they should be.
class Counted:
    live = 0

    def __init__(self):
        Counted.live += 1

    def __del__(self):
        Counted.live -= 1


def counted(n):
    kept = tuple(Counted() for _ in range(n))
    before = Counted.live
    del kept
    return before, Counted.live, len(set(Counted() for _ in range(n))), Counted.live


print([counted(n) for n in range(12)][-2:])


# Recursion in an expression.
def depth(n):
    return 0 if n == 0 else 1 + max(tuple(depth(n - 1) for _ in range(2)))


print([depth(n) for n in range(7)])


def endless(n):
    return set(endless(n + 1) for _ in range(1))


try:
    endless(0)
except RecursionError as e:
    print(type(e).__name__)


# Generators that are something else than the items of one call.
def others(n):
    g = (v for v in range(n))
    h = (v for v in g)
    return set(h), list(g), tuple(iter(v for v in range(n)))[:2], next(v for v in range(n + 1)), any(v == 2 for v in range(n)), all(v < 2 for v in range(n))


for n in range(12):
    result = others(n)
print(result)


# Two functions with other globals share the code.
import types


def shared(values):
    return set(v + base for v in values), tuple(v - base for v in values)


base = 1
again = types.FunctionType(shared.__code__, {"base": 100, "__builtins__": __builtins__})
for n in range(20):
    result = shared(range(2)), again(range(2))
print(result)


# Negative indices and signs.
def swaps(n):
    items = list(range(n))
    for i in range(1, n):
        j = items[i]
        items[i], items[-i] = items[-i], items[i]
        items[-1] = -items[-1]
    return items


print(swaps(9), swaps(30)[::7])


def out_of_range(items, n):
    total = 0
    for i in range(n):
        try:
            j = -i
            total += items[j]
            items[j] = total
        except IndexError as e:
            total = str(e)
            break
    return total


for n in range(3, 9):
    last = out_of_range([1, 2, 3, 4, 5], n)
print(last, out_of_range([2**70, 1.5, True, 7], 4), -(-(2**62)), [-v for v in (2**62 - 1, -(2**62), 2**62, 0)])
