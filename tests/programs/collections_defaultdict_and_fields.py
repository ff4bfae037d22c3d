"""defaultdict, and the descriptors of named tuples' fields."""
import pickle
from collections import defaultdict, namedtuple


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


d = defaultdict(list, {'a': 1}, b=2)
d['c'].append(3)
print(d, d.copy(), type(d.copy()), d.default_factory)
del d.default_factory
print(d.default_factory, d)
show(lambda: d['zz'])
d.default_factory = 1
show(lambda: d['zz'])
for args in ((1,), (None, 1, 2), (None, 1), (int, [(1, 2)])):
    show(defaultdict, *args)
show(defaultdict().__missing__, 5)
show(defaultdict(int).__missing__, 5)
print(defaultdict(int, a=1).__reduce__()[:4], defaultdict(int) | {1: 2}, {1: 2} | defaultdict(int, {3: 4}))
show(lambda: defaultdict(int) | 1)
print(pickle.loads(pickle.dumps(defaultdict(list, a=[1]))))


class Sub(defaultdict):
    def __missing__(self, key):
        return key * 2


s = Sub(int, a=1)
print(s['x'], s, s.copy(), type(s | {}))

count = 0


def nested():
    global count
    count += 1
    mine = count
    if count == 1:
        again['k']
    return mine


again = defaultdict(nested)
print(again['k'], dict(again))
loop = defaultdict(lambda: None)
loop.default_factory = loop.copy
loop['self'] = loop
print(len(repr(loop)) > 20)
total = defaultdict(int)
for i in range(5000):
    total[i % 7] += i
print(sorted(total.items()))

Point = namedtuple('Point', 'x y')
print(Point.x, type(Point.x).__name__, Point.x.__doc__, Point.y.__reduce__())
Point.x.__doc__ = 'across'
print(Point.x, Point.x.__doc__)
p = Point(1, 2)
for f in (lambda: Point.x.__get__(5), lambda: Point.x.__get__(None, Point), lambda: Point.x.__get__((), tuple),
          lambda: setattr(p, 'x', 1), lambda: delattr(p, 'x'), lambda: type(Point.x)(1),
          lambda: type(Point.x)('a', 'b'), lambda: p.x + p.y):
    show(f)
print(sum(Point(i, 1).x for i in range(3000)))
