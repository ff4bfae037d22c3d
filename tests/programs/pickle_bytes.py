# Pickles of many kinds of objects, byte for byte, in all protocols.
import collections
import copyreg
import datetime
import decimal
import enum
import fractions
import functools
import io
import itertools
import operator
import pickle
import re
import types
import uuid
import zlib


class Plain:
    def __init__(self, *args):
        self.x, self.y = args


class Slots:
    __slots__ = ("a", "b")


class SlotsAndDict(Slots):
    pass


class Inner:
    class Deep:
        def method(self):
            return 1

        @classmethod
        def make(cls):
            return cls()


class NewArgs(int):
    def __new__(cls, value, unit):
        self = int.__new__(cls, value)
        self.unit = unit
        return self

    def __getnewargs__(self):
        return int(self), self.unit


class NewArgsEx(str):
    def __new__(cls, *, text):
        return str.__new__(cls, text)

    def __getnewargs_ex__(self):
        return (), {"text": str(self)}


class MyList(list):
    pass


class MyDict(dict):
    pass


class MySet(set):
    pass


class MyTuple(tuple):
    pass


class Reduced:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return self.value


def setter(obj, state):
    obj.state = state


class Stateful:
    def __getstate__(self):
        return 7

    def __setstate__(self, state):
        self.restored = state


class Color(enum.Enum):
    RED = 1
    GREEN = "g"


class Flags(enum.IntFlag):
    A = 1
    B = 2


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


Point = collections.namedtuple("Point", "x y")


def function(a, b=1):
    return a


def slots(cls, **values):
    self = cls()
    for name, value in values.items():
        setattr(self, name, value)
    return self


shared = ["shared"]
recursive_list = [1]
recursive_list.append(recursive_list)
recursive_dict = {}
recursive_dict["me"] = recursive_dict
recursive_tuple = ([],)
recursive_tuple[0].append(recursive_tuple)
long_tuple = ([], 2, 3, 4)
long_tuple[0].append(long_tuple)
recursive_instance = Plain(1, None)
recursive_instance.y = recursive_instance
in_set = Plain(1, 2)
in_set.y = frozenset({in_set})
list_items = MyList([1, 2])
list_items.append(list_items)
list_items.extra = 3


values = {
    "atoms": [None, True, False, ..., NotImplemented],
    "ints": [0, 1, 255, 256, 65535, 65536, -1, -128, -129, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1],
    "longs": [s * (2**n + d) for n in (32, 39, 40, 62, 63, 64, 127, 2040) for d in (-1, 0, 1) for s in (1, -1)],
    "floats": [0.0, -0.0, 1.5, 1e100, -1e-300, float("inf"), float("-inf"), float("nan"), 0.1],
    "complex": 1.5 - 2j,
    "texts": ["", "a", "ab", "ä", "€", "\U0001f600", "\ud800", "\udfff\ud800", "\\", "a\nb\r\x00\x1a", "\\u1234"],
    "bytes": [b"ab", b"\x00\xff\\", bytes(range(256)), bytearray(b"ab"), bytearray()],
    "empty": [(), [], {}, set(), frozenset()],
    "tuples": [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((1, "a"), (1, "a"))],
    "nested": {"a": [1, {"b": (2, {3})}], "c": frozenset([4])},
    "one": [[1], {1: 2}, {"k": "v"}],
    "shared": [shared, shared, (shared, shared), {"s": shared}],
    "strings": ["spam", "spam", "".join(["sp", "am"])],
    "recursive": [recursive_list, recursive_dict, recursive_tuple, long_tuple, recursive_instance],
    "many": list(range(300)) + [str(i) for i in range(300)],
    "batches": [list(range(n)) for n in (999, 1000, 1001, 2000)],
    "dicts": [dict.fromkeys(range(n)) for n in (2, 999, 1000, 1001, 2000)],
    "sets": [set(range(n)) for n in (1, 999, 1000, 1001)],
    "lists of classes": [MyList(range(n)) for n in (0, 1, 2, 1000, 1001, 1002)],
    "dicts of classes": [MyDict((i, i) for i in range(n)) for n in (0, 1, 2, 1000, 1001)],
    "plain": [Plain(1, "a"), Plain("a", 2)],
    "slots": [slots(Slots, a=1, b=2), slots(Slots), slots(SlotsAndDict, a=1, c=3)],
    "new": [NewArgs(5, "m"), NewArgsEx(text="hi")],
    "classes": [Plain, Inner, Inner.Deep, Meta, WithMeta, int, type, type(None), type(...), type(NotImplemented)],
    "containers": [MySet([1]), MyTuple((1, 2)), MyList(), MyDict(a=1)],
    "functions": [function, len, print, operator.add, functools.reduce, Inner.Deep.make, Inner.Deep().make],
    "methods": [[].append, "a".join, list.append, [].__len__, str.maketrans, dict.fromkeys, object.__init__, (1).__add__],
    "state": [Stateful(), Reduced((Plain, (1, 2), {"z": 3}))],
    "setter": Reduced((Plain, (1, 2), 4, None, None, setter)),
    "enums": [Color.RED, Color.GREEN, Flags.A | Flags.B, Color.RED],
    "ordered": collections.OrderedDict(a=1, b=2),
    "queue": collections.deque([1, 2], 3),
    "collections": [collections.Counter("abca"), collections.ChainMap({1: 2}), Point(1, 2)],
    "default": collections.defaultdict(list, a=[1]),
    "iterators": [iter([1, 2]), iter((1, 2)), iter(range(3)), range(5), slice(1, None, 2), reversed([1, 2])],
    "errors": [ValueError("a", 1), KeyError("k"), OSError(2, "no", "f"), StopIteration(3)],
    "library": [datetime.timedelta(1, 2), decimal.Decimal("1.5"),
                fractions.Fraction(1, 3), uuid.UUID(int=5), re.compile("a+b", re.I), types.SimpleNamespace(a=1)],
    "partial": functools.partial(function, 1, b=2),
    "generics": [list[int], dict[str, int]],
}

for name, value in values.items():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        try:
            data = pickle.dumps(value, protocol)
        except Exception as e:
            print(name, protocol, type(e).__name__, e, getattr(e, "__notes__", None))
            continue
        if len(data) > 600:
            print(name, protocol, len(data), zlib.crc32(data))
        else:
            print(name, protocol, data)
        again = pickle.loads(data)
        if name != "floats":
            try:
                if pickle.dumps(again, protocol) != data:
                    print("  not the same again")
            except TypeError as e:
                print("  ", e)

# What refers to itself through a subclass or a set, from the protocol on that can do it.
for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
    print(protocol, pickle.dumps([list_items, in_set], protocol))
    print(protocol, pickle.dumps(Reduced((collections.OrderedDict, (), None, None, iter([(1, 2), (3, 4)]))), protocol))

# Frames: contents of large strings lie outside.
large = ["x" * 70000, b"y" * 70000, bytearray(b"z" * 70000), "small", "ä" * 40000, list(range(30000))]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    data = pickle.dumps(large, protocol)
    print("large", protocol, len(data), data[:40], data.find(b"\x95", 70000), data.rfind(b"\x95"), zlib.crc32(data))
    writes = []

    class File:
        def write(self, data):
            writes.append((type(data).__name__, len(data)))

    pickle.Pickler(File(), protocol).dump(large)
    print(writes)
    file = io.BytesIO()
    pickle.dump(large, file, protocol)
    print(file.getvalue() == data, pickle.loads(data) == large)
    file.seek(0)
    print(pickle.load(file) == large, file.tell() == len(data))

# Names of Python 2.
for fix in (True, False):
    print(pickle.dumps([range, len, collections.OrderedDict, KeyError, itertools.zip_longest], 2, fix_imports=fix))
print(pickle.loads(b"c__builtin__\nxrange\n."), pickle.loads(b"citertools\nizip\n."), pickle.loads(b"ccopy_reg\n_reconstructor\n.").__name__)

# Registered codes.
copyreg.add_extension("__main__", "Plain", 0x10)
copyreg.add_extension("__main__", "Slots", 0x1000)
copyreg.add_extension("__main__", "Inner", 0x100000)
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    data = pickle.dumps([Plain, Slots, Inner], protocol)
    print(data, pickle.loads(data) == [Plain, Slots, Inner])

# No memory of what was written.
for protocol in (0, 2, 5):
    file = io.BytesIO()
    p = pickle.Pickler(file, protocol)
    p.fast = True
    p.dump([shared, shared, "spam", "spam", Point(1, 2)])
    print(file.getvalue())
try:
    p.dump(recursive_list)
except ValueError as e:
    print(str(e).split(" at ")[0])
