# Ranges, with integers of any size.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

B = 10**25
ranges = [range(0), range(5), range(3, 9, 2), range(9, 0, -4), range(5, 5), range(3, 10**18, 10**17),
          range(B, B + 3), range(B, B - 10, -4), range(-B, B, B), range(2**62 - 2, 2**62 + 2), range(-(2**62), 2**62, 2**61),
          range(0, -B), range(1, B, B), range(2**62 - 1, -(2**62), -(2**62 - 1))]
for r in ranges:
    show(repr(r), lambda: (len(r), list(r), list(reversed(r)), bool(r), r.start, r.stop, r.step))
    show("  items", lambda: (r[0], r[-1]))
    show("  slices", lambda: (r[1:], r[::-1], r[:-1], r[::2], r[5:1], r[-2:]))
    show("  hash", lambda: hash(r) == hash(range(r.start, r.stop, r.step)))

huge = range(B)
show("len", lambda: len(huge))
show("huge item", lambda: (huge[B - 1], huge[-1], huge[10**20], huge[-B]))
show("huge slice", lambda: (huge[10**20:], huge[::10**20], huge[::-1], huge[-5:]))
show("huge contains", lambda: (10**24 in huge, B in huge, -1 in huge, 3.0 in range(5), "a" in range(5), True in range(5)))
show("huge index", lambda: (huge.index(10**24), huge.count(5), huge.count(-5)))
show("out", lambda: huge[B])
show("out", lambda: range(3)[3])
show("out", lambda: range(3)[-4])
show("type", lambda: range(3)["a"])
show("index missing", lambda: range(3).index(7))
show("index other", lambda: range(3).index("a"))
show("index float", lambda: (range(5).index(3.0), range(5).count(3.0), range(5).index(True)))
show("zero", lambda: range(1, 2, 0))
show("float", lambda: range(1.5))
show("none", lambda: range())
show("many", lambda: range(1, 2, 3, 4))
show("kw", lambda: range(stop=3))
show("equal", lambda: (range(0) == range(2, 1), range(0, 3, 2) == range(0, 4, 2), range(1) == range(0, 1, 5), range(3) == [0, 1, 2], range(3) != range(4)))
show("hashes", lambda: (hash(range(0)) == hash(range(5, 1)), hash(range(0, 3, 2)) == hash(range(0, 4, 2)), hash(range(10))))
show("order", lambda: range(3) < range(4))
show("add", lambda: range(3) + range(3))
show("assign", lambda: range(3).__setitem__)
show("attribute", lambda: setattr(range(3), "start", 1))

class I:
    def __index__(self):
        return 4
show("index", lambda: (range(I()), range(10)[I()], range(10)[:I()], range(True)))
it = iter(range(10, 20, 3))
show("iterator", lambda: (next(it), it.__length_hint__(), it.__reduce__()[1:], list(it), it.__length_hint__()))
it.__setstate__(1)
show("setstate", lambda: list(it))
it = iter(range(10))
it.__setstate__(7)
show("setstate", lambda: list(it))
it.__setstate__(100)
show("setstate", lambda: list(it))
it = iter(range(B, B + 5))
show("long iterator", lambda: (type(it).__name__, next(it), it.__length_hint__(), it.__reduce__()[1:], list(it)))
it = iter(range(B, B + 5))
it.__setstate__(3)
show("long setstate", lambda: list(it))
show("reduce", lambda: range(1, 9, 2).__reduce__())
show("names", lambda: (type(iter(range(3))).__name__, type(reversed(range(3))).__name__, type(reversed(range(B))).__name__))
total = 0
for i in range(-1000, 100000, 7):
    total += i
for i in range(2**62 - 5, 2**62 + 5):
    total ^= i
print(total)
import sys
r = range(-sys.maxsize, sys.maxsize, 2)
print(len(r) == sys.maxsize, r.__len__(), len(range(2**62 + 5)))
