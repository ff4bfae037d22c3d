# Which function computes annotations, what it is called, and where results are kept.
def f(x:int): 
    def nested()->None: pass
    return nested
class Outer:
    x: int
    def m(self, x:int): pass
print(f.__annotate__.__qualname__, f.__annotate__.__code__.co_qualname, f(1).__annotate__.__qualname__, Outer.m.__annotate__.__qualname__, Outer.__annotate__.__qualname__)
def g[T](x:T): pass
class C[T]:
    y: T
    def z[U](self, a:U): pass
print(g.__annotate__.__qualname__, C.__annotate__.__qualname__, C.z.__annotate__.__qualname__)
a: int
print(__annotate__.__qualname__, __annotate__.__code__.co_qualname)
class X:
    a: int
    def __annotate__(format): return {'a':str}
print(X.__annotate__(1), X.__annotations__, sorted(X.__dict__))
class Y:
    a: int
    __annotate__ = lambda format: {'a':str}
    b: int
print(Y.__annotate__(1), Y.__annotations__, sorted(Y.__dict__))
class Z:
    a: int
    __annotations__ = {'q':1}
print(Z.__annotate__.__qualname__, Z.__annotations__, sorted(Z.__dict__))
class W:
    a: int
    __annotate__ = None
print(W.__annotate__, W.__annotations__, sorted(W.__dict__))
class V:
    a: int
    __annotate_func__ = None
print(V.__annotate__.__qualname__, V.__annotations__, sorted(V.__dict__))
class U:
    __annotate__ = lambda format: {'a':str}
print(U.__annotations__, sorted(U.__dict__))
import gc


def f(x:int): pass
r=[o for o in gc.get_referents(f) if type(o) is type(f)]
print([o.__qualname__ for o in r])
f.__qualname__='zz'
print(f.__annotate__.__qualname__, r[0].__qualname__)
def f(x:int): pass
f.__annotations__
r=[o for o in gc.get_referents(f) if type(o) is type(f)]
print([o.__qualname__ for o in r], [o.__name__ for o in r])
def f(x:int): pass
f.__annotate__.__qualname__ = 'hello'
print(f.__annotate__.__qualname__)
def f(x:int): pass
f.__annotate__.__qualname__ = '__annotate__'
print(f.__annotate__.__qualname__)
a=f.__annotate__
def g(x:int):pass
g.__annotate__=a
print(g.__annotate__.__qualname__)
def h(y): pass
h.__annotate__=a
print(h.__annotate__.__qualname__)
class X:
    a: int
    def __annotate__(format): return {'a':str}
n=lambda f:{'b':1}
X.__annotate__ = n
print(X.__annotate__ is n, X.__dict__['__annotate__'] is n, X.__dict__['__annotate_func__'] is n)
class Y:
    a: int
Y.__annotate__ = n
print(Y.__annotate__ is n, '__annotate__' in Y.__dict__, Y.__dict__['__annotate_func__'] is n)
class Z: pass
print(Z.__annotate__, sorted(Z.__dict__))
Z.__annotate__=n
print(sorted(Z.__dict__))
class W: __annotate__=None
W.__annotate__=n
print(sorted(W.__dict__), W.__dict__['__annotate__'])
import sys, types
m=types.ModuleType('m'); 
class S: _initializing=True
m.__spec__=S; m.__annotate__=lambda f:{'a':1}
print(m.__annotations__, '__annotations__' in m.__dict__)
S._initializing=False
print(m.__annotations__, '__annotations__' in m.__dict__)
m=types.ModuleType('m'); m.__spec__=S; S._initializing=True
print(m.__annotations__, '__annotations__' in m.__dict__)
