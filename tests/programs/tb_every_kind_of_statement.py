# Markers, suggestions, chains and groups in the tracebacks of every kind of statement.
import sys
def a():
    x = [1]
    return x[5]
def b(n):
    return a() if n == 0 else b(n-1)
def show(f, *args):
    try: f(*args)
    except BaseException as e: sys.excepthook(type(e), e, e.__traceback__)
show(a); show(b, 2); show(b, 6)
def multi():
    return (1 +
       2 / 0
       + 3)
show(multi)
def call_multi():
    foo = int(
        "x",
        10,
    )
show(call_multi)
class P:
    def __init__(self): self.value = 1; self._private = 2
    def m(self): return vlaue
    def n(self): return value
    def p(self): return self.privat
show(lambda: P().vlaue); show(P().m); show(P().n); show(P().p); show(lambda: P()._privat); show(lambda: [].appendd); show(lambda: sys.exi)
def names():
    counter = 1
    return conter
show(names); show(lambda: prnt); show(lambda: time); show(lambda: os.path); show(lambda: randm)
def imp(): from sys import exi
show(imp)
def imp2(): import nope.sub
show(imp2)
def chain():
    try: 1/0
    except ZeroDivisionError as e: raise ValueError("v") from e
show(chain)
def chain2():
    try: {}["a"]
    except KeyError: raise ValueError("v") from None
show(chain2)
def notes():
    e = ValueError("multi\nline"); e.add_note("note 1\nsecond"); e.add_note("n2"); raise e
show(notes)
def grp():
    try: 1/0
    except Exception as e:
        raise ExceptionGroup("g", [ValueError(1), ExceptionGroup("h", [TypeError("t"), e]), KeyError("k")])
show(grp)
show(lambda: (_ for _ in ()).throw(ExceptionGroup("many", [ValueError(i) for i in range(20)])))
class E(Exception):
    def __str__(self): raise RuntimeError
show(lambda: (_ for _ in ()).throw(E()))
class Q(Exception): __module__ = "other.mod"
def raiseq(): raise Q("x")
show(raiseq)
def und():
    print(loc); loc = 1
show(und)
def unary(): return -"a"
show(unary)
def attr():
    x = None
    return x.foo.bar.baz
show(attr)
def sub():
    d = {"a": {"b": 1}}
    return d["a"]["c"]["e"]
show(sub)
def cmp_(): return 1 < "a"
show(cmp_)
def aug():
    x = 1
    x += "a"
show(aug)
def ass(): assert 1 == 2, "msg"
show(ass)
def ass2(): assert (1 ==
   2)
show(ass2)
def wide(): return "日本語" + 1 + "é"
show(wide)
def kw(): return dict(a=1)(b=2)
show(kw)
def deco():
    @int
    class A: pass
show(deco)
def gen():
    return list(1/0 for _ in [1])
show(gen)
def comp(): return [1/0 for _ in [1]]
show(comp)
def fst(): return f"{1/0} and {2}"
show(fst)
def wth():
    with 3 as x: pass
show(wth)
def unp():
    a, b = 1, 2, 3
show(unp)
def unp2():
    a, b = [1]
show(unp2)
def for_():
    for x in 5: pass
show(for_)
def dele():
    del {}["a"]
show(dele)
def setit():
    (1)[0] = 5
show(setit)
def delattr_(): del (1).x
show(delattr_)
def lineno_none():
    raise SyntaxError("custom")
show(lineno_none)
show(lambda: (_ for _ in ()).throw(SyntaxError("cust", ("f.py", 3, 2, "abc def\n", 3, 5))))
show(lambda: (_ for _ in ()).throw(OSError(2, "nope", "file")))
show(lambda: (_ for _ in ()).throw(KeyboardInterrupt))
def cyc():
    a = ValueError("a"); b = TypeError("b")
    a.__context__ = b; b.__context__ = a
    raise a
show(cyc)
def long_():
    return some_function_name(
        1,
        2,
        3,
        4 / 0,
        5)
show(long_)
