# Weak references and their callbacks when cycles die.
import gc
from _weakref import ref, proxy, getweakrefcount, getweakrefs, ProxyType, CallableProxyType, _remove_dead_weakref

gc.disable()


class Node:
    def __init__(self, name):
        self.name = name
        self.me = self


def attempt(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)


# Outside references: dead before any callback runs; the newest callback first.
a, b = Node("a"), Node("b")
a.b, b.a = b, a
outside = []


def callback(name):
    return lambda r: print("callback", name, r is not None, r(), [o() for o in outside])


outside += [ref(a), ref(b, callback("b1")), ref(b, callback("b2")), ref(a, callback("a1"))]
del a, b
print(gc.collect(), [r() for r in outside])

# References that are garbage themselves have no callbacks.
outside.clear()
a = Node("a")
a.own = ref(a, callback("own"))
del a
print(gc.collect())

# In finalisers weak references are dead already.


class Finalized(Node):
    def __del__(self):
        print("del", self.name, self.weak(), self.weak_of_other())


a, b = Finalized("a"), Finalized("b")
a.b, b.a = b, a
a.weak, b.weak = ref(a), ref(b)
a.weak_of_other, b.weak_of_other = b.weak, a.weak
del a, b
gc.collect()

# A callback that keeps things alive or makes new references.
saved = []
a = Node("a")
target = Node("target")
a.target = target
r = ref(a, lambda r: saved.append(target))
del a
gc.collect()
print(saved[0].name, r())

# A callback in a cycle with its reference.


class Ref(ref):
    pass


def cycle_through_callback():
    n = Node("n")
    r = Ref(n)
    n.r = r
    r.n = n
    holder = [n]
    holder.append(ref(holder_type(holder), lambda _, h=holder: None))


class holder_type:
    def __init__(self, h):
        self.h = h


cycle_through_callback()
print(gc.collect() > 0)

# Errors in callbacks are reported and do not stop the others.
import sys
sys.unraisablehook = lambda u: print("unraisable", type(u.exc_value).__name__, u.exc_value)
a = Node("a")
r1 = ref(a, lambda r: print("still called"))
r2 = ref(a, lambda r: 1 / 0)
del a
gc.collect()


# The functions of the module.
class C:
    def __call__(self):
        return "called"

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return i

    def __add__(self, other):
        return "add", type(other).__name__

    __radd__ = __add__

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return 42


c = C()
r, p = ref(c), proxy(c)
cb = ref(c, id)
print(r is ref(c), p is proxy(c), cb is ref(c, id), getweakrefcount(c), getweakrefcount(1))
print([x is y for x, y in zip(getweakrefs(c), (r, p, cb))], r.__callback__, cb.__callback__)
print(type(p) is CallableProxyType, type(proxy(Node("x"))) is ProxyType, isinstance(p, C), p.__class__)
print(p(), len(p), p[7], p + 1, 1 + p, p + p, p == c, p != c, bool(p))
print(hash(r) == 42, r == ref(c), r == ref(C()))
attempt(ref, 1)
attempt(ref)
attempt(ref, c, None, 1)
attempt(lambda: ref(c, callback=None))
attempt(proxy, "text")
attempt(ProxyType)
p.attribute = 5
print(c.attribute)
del p.attribute
attempt(lambda: p.attribute)
d = {"dead": ref(C()), "alive": ref(c)}
_remove_dead_weakref(d, "dead")
_remove_dead_weakref(d, "alive")
_remove_dead_weakref(d, "absent")
print(list(d))
attempt(_remove_dead_weakref, {1: 1}, 1)
del c
for f in (lambda: p(), lambda: len(p), lambda: p + 1, lambda: p.x, lambda: bool(p), lambda: p == 1):
    attempt(f)
print(r(), r == r, r == cb, hash(r))
attempt(hash, cb)


def g():
    yield 1


it = g()
p = proxy(it)
print(next(p))
n = Node("no iterator")
attempt(next, proxy(n))
attempt(lambda: proxy(n) + 1)
attempt(lambda: proxy(n)[1])
attempt(lambda: proxy(n) < 1)
attempt(lambda: len(proxy(n)))
attempt(lambda: -proxy(n))
attempt(lambda: 1 in proxy(n))
attempt(lambda: pow(proxy(n), 2, 3))
attempt(lambda: divmod(1, proxy(n)))
