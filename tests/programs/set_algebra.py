# Operators and methods of set and frozenset.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

a, b = {1, 2, 3, 4}, frozenset([3, 4, 5])
show("ops", lambda: (a & b, a | b, a - b, a ^ b, b & a, b | a, b - a, b ^ a))
show("ops with list", lambda: a | [1])
show("ops with dict", lambda: a & {1: 2})
show("methods", lambda: (a.union([9], (8,), {7: 0}), a.intersection([1, 2, 9], range(2)), a.difference([1], [2]), a.symmetric_difference([4, 4, 6])))
show("no arguments", lambda: (a.union(), a.intersection(), a.difference(), b.union() == b))
show("bad", lambda: a.union(5))
show("bad item", lambda: a.union([[]]))
show("disjoint", lambda: (a.isdisjoint(b), a.isdisjoint([9]), a.isdisjoint(a), set().isdisjoint(set())))
show("subset", lambda: (a <= a, a < a, {1} < a, {1} <= frozenset(a), a >= {1}, a > a, {1}.issubset([1, 2]), a.issuperset(iter([1, 2])), a.issuperset([9])))
show("subset bad", lambda: a < [1])
show("eq", lambda: (a == {4, 3, 2, 1}, a == frozenset(a), a == [1, 2, 3, 4], a != b, set() == frozenset()))

def changed(method, *args):
    s = {1, 2, 3, 4}
    getattr(s, method)(*args)
    return s
show("update", lambda: changed("update", [7], {8: 0}, "ab") - {"a", "b"})
show("intersection_update", lambda: changed("intersection_update", [1, 2, 3], [2, 3]))
show("difference_update", lambda: changed("difference_update", [1], {2: 0}))
show("symmetric_difference_update", lambda: changed("symmetric_difference_update", [1, 1, 9]))
show("isub", lambda: changed("__isub__", {1}))
show("iand", lambda: changed("__iand__", frozenset([1])))
show("ior list", lambda: {1}.__ior__([2]))
s = {1, 2}
s |= {3}
s &= {2, 3, 4}
s ^= {3, 9}
s -= {9}
show("in place", lambda: s)
def self_ops():
    x = {1, 2, 3}
    x -= x
    y = {1, 2}
    y ^= y
    z = {1, 2}
    z |= z
    z &= z
    z.update(z)
    return x, y, z
show("self", self_ops)

show("add", lambda: changed("add", 1))
show("add unhashable", lambda: a.add([]))
show("remove", lambda: changed("remove", 1))
show("remove missing", lambda: a.remove(99))
show("remove set", lambda: (lambda s: (s.remove({1}), s))({frozenset([1]), 2}))
show("discard set", lambda: (lambda s: (s.discard({1}), s.discard({3}), s))({frozenset([1]), 2}))
show("contains set", lambda: ({1} in {frozenset([1])}, frozenset([1]) in {1}))
show("contains list", lambda: [] in a)
show("pop", lambda: (lambda s: (s.pop(), s))({5}))
show("pop empty", lambda: set().pop())
show("clear", lambda: changed("clear"))
show("copy", lambda: (a.copy() is a, a.copy() == a, b.copy() is b))
show("hash", lambda: (hash(frozenset()), hash(b) == hash(frozenset([5, 4, 3])), hash(frozenset([1, 2, 3])), hash(frozenset([frozenset([1])]))))
show("hash of set", lambda: hash(a))
show("reprs", lambda: (set(), frozenset(), {1}, frozenset({1}), {frozenset()}))
show("constructors", lambda: (set("aab") == {"a", "b"}, frozenset(range(3)), set({1: 2}), set(), set((1, 1))))
show("bad constructors", lambda: set(1, 2))
show("frozenset args", lambda: frozenset(5))
show("kw", lambda: set(iterable=[]))
class Sub(set):
    pass
class FSub(frozenset):
    def __new__(cls, items=(), extra=None):
        self = super().__new__(cls, items)
        self.extra = extra
        return self
x = Sub([1, 2])
x.attr = 5
f = FSub([1, 2], extra="e")
show("subclass", lambda: (x, type(x | {3}).__name__, type(x.copy()).__name__, x.attr, f, f.extra, type(f & f).__name__, f == {1, 2}))
show("frozen is frozen", lambda: hasattr(frozenset(), "add"))
fz = frozenset([1])
show("frozenset of frozenset", lambda: frozenset(fz) is fz)
fz2 = fz
fz2 |= {2}
show("frozen in place", lambda: (fz, fz2))

# order of sets of integers
show("order", lambda: ({5, 3, 1, 8, 16, 24}, {100, 3, 50, 7, 1000, -1, -2}, set(range(20, 0, -3)), {0.5, 1, 2.5}))
big = set()
for i in range(300):
    big.add(i * 37 % 101)
    if i % 3 == 0:
        big.discard(i % 50)
show("big", lambda: (len(big), sum(big), list(big)[:20]))
show("merged", lambda: list(set(range(10)) | set(range(100, 90, -1))))
show("difference", lambda: list(set(range(50)) - set(range(0, 50, 2))))
show("intersection", lambda: list(set(range(50)) & {1, 70, 33, 2, 48}))
show("pops", lambda: (lambda s: [s.pop() for _ in range(5)])({9, 4, 17, 2, 33}))

class Key:
    action = None
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return 3
    def __eq__(self, other):
        action, Key.action = Key.action, None
        if action:
            action()
        return isinstance(other, Key) and self.n == other.n
s = {Key(i) for i in range(4)}
Key.action = s.clear
show("lookup clears", lambda: (Key(3) in s, len(s)))
s = {Key(i) for i in range(4)}
Key.action = lambda: s.update(range(100))
show("add grows", lambda: (s.add(Key(9)), len(s)))
def iterate(change):
    s = {1, 2, 3}
    for x in s:
        change(s)
    return s
show("iteration add", lambda: iterate(lambda s: s.add(99)))
show("iteration remove", lambda: iterate(lambda s: s.discard(1)))
show("iteration same", lambda: iterate(lambda s: s.add(1)))
it = iter({1, 2, 3})
show("hint", lambda: (it.__length_hint__(), next(it), it.__length_hint__(), list(it), it.__length_hint__()))
show("view and frozenset", lambda: [type(x).__name__ for x in ({1: 1}.keys() & frozenset([1, 2]), frozenset([1]) & {1: 1, 2: 2}.keys(), {1: 1, 2: 2}.keys() & frozenset([1]))])
show("frozenset identity", lambda: (fz.intersection() is fz, fz.union() is fz, fz.difference() is fz, fz.copy() is fz))
class WithNew(set):
    def __new__(cls, arg, newarg=None):
        self = super().__new__(cls, arg)
        self.newarg = newarg
        return self
show("keyword for __new__", lambda: WithNew([1, 2]).newarg)
show("keyword for __new__", lambda: WithNew([1, 2], newarg=3))
