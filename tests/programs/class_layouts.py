# What classes and instances may become: __bases__, __class__, __dict__, mro(), getstate, patterns of registered classes.
import collections.abc


class A:
    def who(self):
        return 'A'


class B:
    def who(self):
        return 'B'


class Child(A):
    pass


class Grandchild(Child):
    pass


g = Grandchild()
print(g.who(), [c.__name__ for c in Grandchild.__mro__])
Child.__bases__ = (B, A)
print(g.who(), [c.__name__ for c in Grandchild.__mro__])
print([c.__name__ for c in B.__subclasses__()], Child.__base__.__name__)


class L(list):
    pass


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ':', e)


attempt(lambda: setattr(L, '__bases__', (dict,)))
attempt(lambda: setattr(Child, '__bases__', ()))
attempt(lambda: setattr(A, '__bases__', (Child,)))
attempt(lambda: delattr(A, '__doc__'))


class Meta(type):
    def mro(cls):
        print('mro of', cls.__name__, cls.__mro__)
        return super().mro()


class WithMeta(metaclass=Meta):
    pass


print(type(WithMeta.__dict__).__name__)


class Failing(type):
    on = False

    def mro(cls):
        if Failing.on:
            raise ZeroDivisionError
        return super().mro()


class F(A, metaclass=Failing):
    pass


class F2(F):
    pass


Failing.on = True
attempt(lambda: setattr(F, '__bases__', (B,)))
print(F.__bases__[0].__name__, [c.__name__ for c in F2.__mro__])


class G:
    __slots__ = ('a', 'b')


class H:
    __slots__ = ('b', 'a')


class J:
    __slots__ = ('c', 'b')


x = G()
x.a = 1
x.__class__ = H
print(type(x).__name__, x.a)
attempt(lambda: setattr(x, '__class__', J))
attempt(lambda: delattr(x, 'b'))
attempt(lambda: hasattr(x, 'b'))
attempt(lambda: getattr(x, 'b', 'default'))


class Raises:
    @property
    def p(self):
        raise AttributeError('no')


print(hasattr(Raises(), 'p'), getattr(Raises(), 'p', 1))
a = A()
print(a.__getstate__())
a.x = 1
print(a.__getstate__())
del a.__dict__
print(a.__dict__, a.__getstate__())


class Wrapped:
    @classmethod
    def c(cls, x: int) -> str: ...

    @staticmethod
    def s(y: bytes): ...


print(Wrapped.__dict__['c'].__annotations__, Wrapped.__dict__['s'].__annotations__)
print(Wrapped.__dict__['c'].__annotate__(1))


class Late:
    pass


class LateChild(Late):
    pass


def kind(v):
    match v:
        case [*_]:
            return 'sequence'
        case {}:
            return 'mapping'


print(kind(LateChild()))


class Sized(Late):
    def __len__(self):
        return 0

    def __getitem__(self, i):
        raise IndexError(i)


collections.abc.Sequence.register(Late)
print(kind(Sized()))


class Both(dict, collections.abc.Sequence):
    pass


print(kind(Both()))


def shared():
    box = []

    class C:
        def m(self):
            return box
    c = C()
    c.me = c
    del c, C
    import gc
    gc.collect()
    return box


print(shared())


class P(property):
    pass


class Owner:
    @P
    def x(self):
        """Of the getter."""

    @x.setter
    def x(self, value):
        pass


print(Owner.x.__doc__, P(doc=None).__doc__)


class Manager:
    async def __aenter__(self): ...
    async def __aexit__(self, *args): ...


def use():
    with Manager():
        pass


attempt(use)
try:
    try:
        raise ExceptionGroup('group', [ValueError(1), TypeError(2)])
    except* ValueError as e:
        import sys
        print(repr(sys.exception()), e is sys.exception())
        raise
except ExceptionGroup as e:
    print(repr(e))
