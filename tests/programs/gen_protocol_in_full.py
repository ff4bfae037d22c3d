# send, throw, close and delegation of generators, coroutines and asynchronous generators.
import sys
def g():
    yield 1
    return 5
def ig():
    try: yield 1
    except GeneratorExit: yield 2
def cr():
    try: yield 1
    except GeneratorExit: return 77
def t(s):
    try: r = eval(s); print(s, '->', repr(r))
    except BaseException as e: print(s, '!!', type(e).__name__, e, repr(e.__cause__), repr(e.__context__))
async def co(): return 3
async def ag():
    yield 1
async def ag2():
    try:
        yield 1
        yield 2
    finally:
        print("ag2 fin")
c=co()
for s in '''next(g())
g().send(1)
g().send(None)
list(g())
g().throw(ValueError)
g().throw(ValueError("x"))
g().throw(3)
g().throw()
g().throw(int)
g().close()
[x:=ig(), next(x), x.close()][1:]
[x:=g(), next(x), x.close(), x.close()][1:]
[x:=cr(), next(x), x.close(), x.close()][1:]
[x:=g(), next(x), x.throw(StopIteration)]
[x:=g(), next(x), x.gi_running, x.gi_suspended, x.gi_yieldfrom, x.gi_code.co_name, x.gi_frame.f_lineno][1:]
[x:=g(), list(x), x.gi_frame, x.gi_suspended, x.gi_code.co_name][1:]
[x:=g(), list(x), x.send(1)]
[x:=g(), list(x), x.throw(ValueError)]
setattr(g(),'__name__',1)
setattr(g(),'__qualname__',1)
g().__name__, g().__qualname__
c.send(1)
c.send(None)
c.send(None)
next(c)
iter(c)
type(c.__await__()).__name__
[x:=ag(), x.asend(None).send(None)]
ag().asend(1).send(None)
[x:=ag2(), x.asend(None).send(None)]
next(iter([1]))
'''.splitlines(): t(s)
x=ag2()
def step(a):
    try: print("->", a.send(None))
    except BaseException as e: print("!!", type(e).__name__, e)
step(x.__anext__()); step(x.asend(3)); step(x.asend(3)); step(x.aclose())
x=ag2(); step(x.__anext__()); step(x.athrow(ValueError("v"))); step(x.__anext__())
x=ag2(); step(x.__anext__()); step(x.aclose()); step(x.__anext__())
a=x.aclose(); step(a); step(a)
step(anext(ag(), 5)); step(anext(x, 5))
def si():
    raise StopIteration(4)
    yield
t('next(si())')
def bad():
    yield next(x2)
x2=bad()
t('next(x2)')
class It:
    def __iter__(self): return self
    def __next__(self): raise StopIteration("val")
t('next(It())'); t('next(It(), 3)'); t('list(It())')
def yf():
    r = yield from It()
    print("r", r)
t('list(yf())')
def deleg():
    try:
        yield from g()
    except ValueError as e:
        print("caught", e, e.__context__)
        yield "after"
d=deleg(); next(d); t('d.throw(ValueError("q"))'); t('next(d)')
class Thrower:
    def __iter__(self): return self
    def __next__(self): return 1
    def throw(self, e): print("throw", repr(e)); return "thrown"
    def close(self): print("closed")
def dl(): yield from Thrower()
d=dl(); next(d); t('d.throw(KeyError)'); t('d.close()')
