# Messages call types written in native code by their full names, attributes and some reprs by the short one.
import array
import collections
import io
import itertools
import string.templatelib
import weakref


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


D = collections.deque
d = D()
count = itertools.count
for f in (
    lambda: D.append(), lambda: D.append([], 1), lambda: D.append(d, x=1), lambda: d.append(1, 2), lambda: D.append,
    lambda: D.__len__, lambda: D.__len__([]), lambda: D.maxlen, lambda: D.maxlen.__get__([]), lambda: D.foo, lambda: d.foo,
    lambda: (D.append.__qualname__, d.append.__qualname__, D.maxlen.__qualname__, D.__len__.__qualname__),
    lambda: D(1, 2, 3), lambda: array.array('i', [1]), lambda: count(3), lambda: D([1]), lambda: D.__new__(int),
    lambda: object.__new__(D), lambda: d < 1, lambda: super(D, d), lambda: io.StringIO.foo, lambda: {**d},
    lambda: print(**d), lambda: d(), lambda: len(count()), lambda: '' + count(), lambda: 1 + count(), lambda: [] + d,
    lambda: b'' + d, lambda: () + d, lambda: count()[0], lambda: int(d), lambda: ''.join([d]), lambda: range(d),
    lambda: -d, lambda: next(d), lambda: reversed(count()), lambda: '' + t'', lambda: t'' + '', lambda: hash(d),
    lambda: open(d), lambda: type('X', (D,), {})(), lambda: repr(weakref.ref(d)).split("'")[1],
    lambda: repr(weakref.proxy(d.append)).split("'")[1],
):
    attempt(f)


def context():
    with d:
        pass


def pattern():
    match d:
        case D(1):
            pass


attempt(context)
attempt(pattern)


class C:
    class Inner:
        pass


class BadName:
    @property
    def __name__(self):
        raise ZeroDivisionError('name')


class Named:
    __name__ = 'named'


inner, bad, named = C.Inner(), BadName(), Named()
print(repr(weakref.ref(inner)).split("'")[1], repr(weakref.proxy(inner)).split("'")[1])
attempt(lambda: repr(weakref.ref(bad)))
print(repr(weakref.ref(named)).split(' ')[-1], repr(weakref.ref(C)).split(' ')[-1], '(' in repr(weakref.ref(io)))
