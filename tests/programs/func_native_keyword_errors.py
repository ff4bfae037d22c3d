# What native functions and constructors say about keywords that they do not know, know too well, or are given too many of.
import itertools
import struct
import types


class EqualsAll(str):
    """A keyword that claims to be every other one, but has a hash of its own."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return str.__hash__(self) ^ 3


def attempt(function, *args, **keywords):
    spread(function, args, keywords)


def spread(function, args, keywords):
    try:
        print(function.__name__, '->', function(*args, **keywords))
    except Exception as e:
        print(type(e).__name__, e)


def two(x=1, y=2):
    return x, y


attempt(print, 0, sepp='')
attempt(print, sep=1, foo=2)
attempt(print, sep=1, file=3)
attempt(min, 0, kye=1)
attempt(min, 0, 1, default=1, key=2, foo=3)
attempt(max, kye=3)
attempt(max, [], default=3)
attempt(itertools.product, 0, repaet=1)
attempt(itertools.product, 0, repeat=1, foo=2)
attempt(itertools.zip_longest, [], fillvalues=1)
attempt(zip, [], [], stric=True)
attempt(zip, [], [], strict=True, foo=2)
attempt(map, len, [], stric=True)
attempt([].sort, kye=1)
attempt([].sort, key=1, reverse=2, foo=3)
attempt(sorted, [], key=None, reverse=1, foo=3)
attempt(enumerate, [], strat=1)
attempt(ImportError, nam=1)
attempt(ImportError, name=1, path=2, name_from=3, foo=4)
attempt(NameError, nam=1)
attempt(NameError, name=1, foo=1)
attempt(AttributeError, name=1, obj=1, foo=2)
attempt(struct.pack, x=1)
attempt(struct.pack_into, x=1)
attempt(struct.Struct('').pack, x=1)
attempt(struct.Struct('').pack_into, x=1)
attempt(bytes, sourc=1)
attempt(bytearray, sourc=1)
attempt(str, objec=1)
attempt(int, '1', bas=1)
attempt(complex, rel=1)

# Names are compared as texts to bind them, and with `==` to say what is wrong.
spread(two, (0,), {EqualsAll('foo'): 1})
spread(two, (), {EqualsAll('foo'): 1})
spread([].sort, (), {EqualsAll('foo'): 1})
spread(print, (0,), {EqualsAll('foo'): 1})
spread(round, (0,), {EqualsAll('foo'): 1})
print([type(k).__name__ for k in (lambda **k: k)(**{EqualsAll('foo'): 1})])

module = types.ModuleType('mod')
try:
    module()
except TypeError as e:
    print(e)
module.mod = two
try:
    module()
except TypeError as e:
    print(e)
