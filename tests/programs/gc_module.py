# What the gc module tells and takes.
import gc


def attempt(f, *args, **kwargs):
    try:
        print(f.__name__, args, kwargs, "->", f(*args, **kwargs))
    except Exception as e:
        print(f.__name__, args, kwargs, "->", type(e).__name__, e)


print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.garbage, gc.callbacks)
gc.disable()
print(gc.isenabled())
gc.enable()
print(gc.isenabled())
gc.disable()
gc.collect()
print(gc.get_count()[1:])
for args in ((3,), (-1,), ("a",), (1, 2), (None,), (1.5,)):
    attempt(gc.collect, *args)
attempt(gc.collect, generation=0)
attempt(gc.collect, gen=0)
for args in ((), ("a",), (1, 2, 3, 4), (5,), (6, 7), (8, 9, 10), (0,), (2000, 10, 10)):
    attempt(gc.set_threshold, *args)
    print(gc.get_threshold())
for args in ((3,), (-2,), ("a",), (1.5,)):
    attempt(gc.get_objects, *args)
attempt(gc.set_debug, "a")
attempt(gc.is_tracked)


class C:
    pass


class Slotted:
    __slots__ = ()


def f():
    pass


one = 1
objects = [1, 1.5, "a", b"a", None, True, (), (1, 2), (one, "x"), (1, []), [], {}, {1: 2}, set(), frozenset([1]), C, C(),
           Slotted(), f, f.__code__, len, [].append, int, object(), range(3), slice(1), iter([]), iter(range(3)), gc,
           ValueError(), (x for x in ()), property(), C.__dict__, {}.keys(), zip(), map(f, []), enumerate([]), super,
           memoryview(b"x"), bytearray(), staticmethod(f), C().__init__, type(f).__call__, int.real, C.__dict__["__dict__"]]
print([gc.is_tracked(o) for o in objects])
print([gc.is_finalized(o) for o in objects if gc.is_finalized(o)])
t = tuple([one, (one, "x")])
gc.collect()
print(gc.is_tracked(t))

# Collections and the counters of the generations.
a = []
a.append(a)
del a
print(gc.collect(0))
before = gc.get_stats()
gc.collect()
a = [a for a in range(3)]
cycle = []
cycle.append(cycle)
del cycle
gc.collect(2)
gc.collect(1)
after = gc.get_stats()
print([{k: y[k] - x[k] for k in x} for x, y in zip(before, after)])
print([sorted(s) for s in after])

# Which generation an object is in.
gc.collect()
o = C()
print([any(x is o for x in gc.get_objects(g)) for g in range(3)])
gc.collect(0)
print([any(x is o for x in gc.get_objects(g)) for g in range(3)])
gc.collect(1)
print([any(x is o for x in gc.get_objects(g)) for g in range(3)], any(x is o for x in gc.get_objects()))
gc.freeze()
print(gc.get_freeze_count() > 100, any(x is o for x in gc.get_objects()))
cycle = [o]
cycle.append(cycle)
del cycle
print(gc.collect())
gc.unfreeze()
print(gc.get_freeze_count(), any(x is o for x in gc.get_objects(2)))

# Callbacks.


def callback(phase, info):
    print(phase, info, gc.collect())


gc.callbacks.append(callback)
cycle = [1]
cycle.append(cycle)
del cycle
gc.collect(0)
gc.collect(1)
gc.collect()
gc.callbacks.remove(callback)
print(gc.callbacks)

# Debugging flags.
print([getattr(gc, n) for n in dir(gc) if n.startswith("DEBUG")])
gc.set_debug(gc.DEBUG_SAVEALL)
print(gc.get_debug() == gc.DEBUG_SAVEALL)
cycle = ["saved"]
cycle.append(cycle)
del cycle
print(gc.collect(), gc.garbage)
gc.set_debug(0)
gc.garbage[0].clear()
gc.garbage.clear()
print(gc.collect(), gc.garbage)

# Automatic collections: cycles do not pile up.
count = 0


class Counted:
    def __init__(self):
        global count
        count += 1
        self.me = self

    def __del__(self):
        global count
        count -= 1


gc.enable()
highest = 0
for i in range(20000):
    Counted()
    highest = max(highest, count)
print(highest < 10000)
gc.disable()
for i in range(5000):
    Counted()
print(count >= 5000)
gc.enable()
gc.collect()
print(count)
