# _functools: what its functions and types do and refuse.
import copy
import functools
import gc
import pickle
import weakref
from _functools import Placeholder, _lru_cache_wrapper, _PlaceholderType, cmp_to_key, partial, reduce


def name(x):
    return x if isinstance(x, (int, str, list, tuple, dict, type(None))) else getattr(x, "__name__", type(x).__name__)


def t(f, *args, **keywords):
    try:
        result = f(*args, **keywords)
    except BaseException as e:
        result = (type(e).__name__, str(e))
    print(name(f), [name(a) for a in args], {k: name(v) for k, v in keywords.items()}, name(result))


def f(*args, **keywords):
    return args, keywords


# partial
p = partial(f, 1, a=2)
print(p(), p(3, b=4), p(a=5), p.func is f, p.args, p.keywords, repr(partial(len, 1, k="x")))
p.x = 1
print(p.__dict__, p.__reduce__() == (partial, (f,), (f, (1,), {"a": 2}, {"x": 1})))
for attribute in "func", "args", "keywords":
    t(setattr, p, attribute, 1)
t(delattr, p, "__dict__")
t(partial)
t(partial, 1)
t(partial, k=1)
t(partial, f, Placeholder)
t(partial, f, k=Placeholder)
q = partial(f, Placeholder, 2, Placeholder, 4)
t(q)
t(q, 1)
t(q, 1, 3)
t(q, 1, 3, 5, k=6)
print(partial(q, 1).args, partial(q, 1, 2, 3).args, partial(q, Placeholder, 3).args)
for state in 1, (1, 2, 3, 4), (len, [], {}, None), (len, (), [], None), (len, (), {}, 1), (len, (Placeholder,), None, None):
    t(p.__setstate__, state)
p.__setstate__((len, ("abc",), None, {"y": 2}))
print(p(), p.__dict__)
print(partial[int])


class Sub(partial):
    pass


s = Sub(f, 1)
print(partial(s, 2).args, partial(s, 2).func is f)
s.attribute = 1
print(partial(s, 2).args, partial(s, 2).func is s, repr(Sub(len)))
r = partial(f)
r.__setstate__((r, (r,), {"r": r}, None))
print(r)
r.__setstate__((f, (), {}, None))


class C:
    method = partial(f, 1)


print(len(C().method(2)[0]), C.method(2))
u = pickle.loads(pickle.dumps(partial(len, "abc", k=1)))
print(u.func, u.args, u.keywords, copy.copy(u).args, weakref.ref(u)() is u)
bad = partial(f)
bad.keywords[1] = 2
t(bad)

# Placeholder
print(Placeholder, _PlaceholderType() is Placeholder, pickle.loads(pickle.dumps(Placeholder)) is Placeholder)
t(_PlaceholderType, 1)
try:
    class D(_PlaceholderType):
        pass
except TypeError as e:
    print(e)

# reduce
add = lambda a, b: a + b
for args in (), (add,), (add, 1), (add, []), (add, [], 3), (add, [1, 2, 3]), (3, [1, 2]), (add, [1], 2, 3):
    t(reduce, *args)
t(reduce, add, [1, 2], initial=9)
t(reduce, add, [], initial=None)

# cmp_to_key
K = cmp_to_key(lambda a, b: (a > b) - (a < b))
print(sorted([3, 1, 2], key=K), K(1) < K(2), K(1) == K(1), K(obj=3).obj)
t(K)
t(K, 1, 2)
t(type(K))
t(hash, K(1))
t(lambda: K(1) < 1)
t(lambda: K < K)
t(cmp_to_key)
t(lambda: cmp_to_key(3)(1) < cmp_to_key(3)(2))

# lru_cache
calls = []


def slow(*args, **keywords):
    calls.append(args)
    return len(calls)


for size in None, 0, 1, 3, -1:
    for typed in False, True:
        calls.clear()
        cached = functools.lru_cache(maxsize=size, typed=typed)(slow)
        print([cached(x) for x in (1, 2, 1, 3, 1.0, 4, 1, 2, "a", True)], cached(1, k=2), cached(1, k=2), cached.cache_info())
        cached.cache_clear()
        print(cached.cache_info())
t(_lru_cache_wrapper)
t(_lru_cache_wrapper, 1, 2, 3, 4)
t(_lru_cache_wrapper, len, "a", False, tuple)
t(cached, [])
print(copy.copy(cached) is cached, copy.deepcopy(cached) is cached, cached.__reduce__(), cached.__wrapped__ is slow)


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), fib.cache_info())


@functools.lru_cache(maxsize=2)
def nested(n):
    return n and nested(n - 1) + 1


print(nested(20), nested.cache_info())


class M:
    @functools.lru_cache
    def method(self, x):
        return x * 2


m = M()
print(m.method(2), m.method(2), M.method.cache_info())
ref = weakref.ref(m)
del m
gc.collect()
print(ref() is None)
M.method.cache_clear()
gc.collect()
print(ref() is None)
