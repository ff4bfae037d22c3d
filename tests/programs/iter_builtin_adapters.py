# enumerate, zip, map, filter, reversed, iter with a sentinel, and iterators over plain __getitem__.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

show("enumerate", lambda: (list(enumerate("ab")), list(enumerate("ab", 5)), list(enumerate("ab", start=-1)), list(enumerate(iterable="x"))))
show("enumerate big", lambda: list(enumerate("abcd", 2**62 - 2)))
show("enumerate huge", lambda: list(enumerate("ab", 10**30)))
show("enumerate bad", lambda: enumerate())
show("enumerate bad", lambda: enumerate(5))
show("enumerate bad", lambda: enumerate([], 1.5))
show("enumerate bad", lambda: enumerate([], 1, 2))
show("enumerate bad", lambda: enumerate([], foo=1))
pairs = [p for p in enumerate("abc")]
print(pairs, [i * len(c) for i, c in enumerate(["a", "bb"])])
e = enumerate("xyz")
print(next(e), iter(e) is e, next(e), e.__reduce__()[0] is enumerate, next(e), next(e, "end"))

show("zip", lambda: (list(zip()), list(zip("ab")), list(zip("ab", [1, 2, 3])), list(zip("abc", range(9), (7, 8)))))
show("zip kept", lambda: [t for t in zip([1, 2], [3, 4], [5, 6])])
show("strict ok", lambda: list(zip([1, 2], [3, 4], strict=True)))
show("strict short", lambda: list(zip([1, 2], [3], strict=True)))
show("strict long", lambda: list(zip([1], [3, 4], strict=True)))
show("strict three", lambda: list(zip([1, 2], [3, 4], [5], strict=True)))
show("strict three long", lambda: list(zip([1], [3], [5, 6], strict=True)))
show("strict empty", lambda: list(zip(strict=True)))
show("zip bad", lambda: zip([], 5))
show("zip kw", lambda: zip(foo=1))
show("zip kw2", lambda: zip(strict=True, foo=1))
z = zip([1, 2], "ab")
print(next(z), z.__reduce__()[0] is zip, list(z))
print(dict(zip("abc", range(3))), [a + b for a, b in zip([1, 2], [10, 20])], list(zip(*[(1, 2), (3, 4)])))

show("map", lambda: (list(map(str, [1, 2])), list(map(lambda a, b: a + b, [1, 2, 3], [10, 20])), list(map(None, []))))
show("map none", lambda: list(map(None, [1])))
show("map few", lambda: map(str))
show("map bad", lambda: map(str, 5))
show("map strict", lambda: list(map(lambda a, b: a, [1, 2], [1], strict=True)))
show("map strict long", lambda: list(map(lambda a, b: a, [1], [1, 2], strict=True)))
show("map raises", lambda: list(map(lambda x: 1 // x, [1, 0])))
m = map(lambda x: 10 // x, [5, 0, 2])
print(next(m))
show("map goes on", lambda: next(m))
show("map goes on", lambda: next(m))

show("filter", lambda: (list(filter(None, [0, 1, "", "a", None])), list(filter(lambda x: x % 2, range(6))), list(filter(bool, [0, 2]))))
show("filter few", lambda: filter(None))
show("filter bad", lambda: filter(None, 5))
show("filter raises", lambda: list(filter(lambda x: 1 // x, [1, 0])))

class Seq:
    def __init__(self, n):
        self.n = n
    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return i * i
class SizedSeq(Seq):
    def __len__(self):
        return self.n
class StopSeq:
    def __getitem__(self, i):
        if i == 2:
            raise StopIteration
        return i
class FailSeq:
    def __getitem__(self, i):
        raise KeyError(i)
show("getitem", lambda: (list(Seq(4)), 9 in Seq(4), 5 in Seq(4), list(StopSeq()), tuple(Seq(2))))
show("getitem fails", lambda: list(FailSeq()))
it = iter(SizedSeq(3))
show("hint", lambda: (it.__length_hint__(), next(it), it.__length_hint__(), list(it), it.__length_hint__(), type(it).__name__))
show("reversed", lambda: (list(reversed(SizedSeq(4))), list(reversed([1, 2])), list(reversed("ab")), list(reversed((1, 2))), list(reversed(range(3))), list(reversed({1: 2}))))
show("reversed unsized", lambda: reversed(Seq(3)))
show("reversed set", lambda: reversed({1}))
show("reversed int", lambda: reversed(5))
show("reversed kw", lambda: reversed(sequence=[]))
class Rev:
    def __reversed__(self):
        return "anything"
class NoRev(list):
    __reversed__ = None
show("__reversed__", lambda: reversed(Rev()))
show("none", lambda: reversed(NoRev()))
r = reversed([1, 2, 3])
show("reverse list", lambda: (r.__length_hint__(), next(r), r.__reduce__()[1:], list(r), r.__length_hint__()))
r = reversed("abc")
show("reverse str", lambda: (r.__length_hint__(), next(r), r.__reduce__()[1:], list(r)))

def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
show("sentinel", lambda: (list(iter(counter(), 4)), type(iter(counter(), 0)).__name__))
def stops():
    raise StopIteration
def fails():
    raise ValueError("from the callable")
show("sentinel stop", lambda: list(iter(stops, 0)))
show("sentinel fail", lambda: list(iter(fails, 0)))
show("sentinel bad", lambda: iter(5, 0))
show("iter bad", lambda: iter(5))
show("next bad", lambda: next([]))
class NotIter:
    def __iter__(self):
        return 5
show("not iter", lambda: iter(NotIter()))
show("list(not iter)", lambda: list(NotIter()))
it = iter([1, 2, 3])
show("list iter", lambda: (it.__length_hint__(), next(it), it.__reduce__()[1:], it.__setstate__(2), list(it), it.__reduce__()[1:]))
it = iter((1, 2, 3))
show("tuple iter", lambda: (it.__length_hint__(), next(it), it.__reduce__()[1:], it.__setstate__(-5), list(it), it.__reduce__()[1:]))
class Sub(enumerate):
    pass
class SubMap(map):
    pass
show("subclasses", lambda: (list(Sub("a")), type(Sub("a")).__name__, list(SubMap(str, [1]))))
show("named", lambda: [type(x).__name__ for x in (iter([]), iter(()), iter({}), iter(set()), reversed([]), reversed(""), zip(), map(str, []), filter(None, []), enumerate([]))])
