# type, isinstance, dir, callable, hasattr and the attributes of functions and classes.
class Base:
    """Doc."""

    x = 1

    def method(self, a, b=2, *args, c, d=4, **kwargs) -> int:
        local = a
        return local

    @property
    def prop(self):
        return 1


class Child(Base):
    pass


print(type(1), type("a"), type(None), type([]), type(len), type(Base), type(Base()), type(type), type(lambda: 0), type(Base().method))
print(type(1) is int, type(True) is int, isinstance(True, int), isinstance(1, (str, int)), isinstance(Child(), Base), issubclass(Child, (int, Base)))
print(isinstance(1, int | str), isinstance("x", int | str), int | None, issubclass(bool, int | str))
code = Base.method.__code__
print(code.co_name, code.co_qualname, code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount, code.co_varnames, code.co_nlocals, code.co_firstlineno, code.co_flags)
print(Base.method.__defaults__, Base.method.__kwdefaults__, Base.method.__annotations__, Base.method.__qualname__, Base.method.__module__)
print([n for n in dir(Base) if not n.startswith("__")], [n for n in vars(Child) if n == "x"], Child.__dict__.get("x"), Child.x, Base.__doc__, Child.__doc__)
print(callable(Base), callable(Base()), callable(len), hasattr(Base(), "prop"), hasattr(Base, "nope"), getattr(Child, "x"), type(Base.__dict__["prop"]))
print(Base.__name__, Base.__bases__, Child.__base__, Child.mro(), int.__mro__, bool.__bases__, type.__mro__, object.__bases__)
print(repr(int), repr(Base), str(type(Base())), type(Base).__name__, (1).__class__, "a".__class__.__name__, Base().__class__.__qualname__)
print(id(Base) == id(Base), id(1) == id(1), [] is not [], type(iter([])), type({}.keys()), type(x for x in ()), type(...), type(range(1)), type(slice(1)))
print(sorted(set(dir(object)) - {"__getstate__"})[:6], "append" in dir([]), "__len__" in dir(""), len.__name__, [].append.__name__, str.upper.__qualname__)
print(type("New", (Base,), {"y": 2}).y, type(Base.method), type(Child().method), Child().method.__self__.__class__.__name__, Base.method is Child.method)
print(type.__call__(int, "5"), int.__call__("6"), object.__new__(Base).x, Base.__call__.__class__.__name__)
