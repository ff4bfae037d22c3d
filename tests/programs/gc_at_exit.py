# The end of the program: exit functions, then what is left dies.
import atexit
from _weakref import ref


class C:
    def __init__(self, name):
        self.name = name
        self.me = self.attribute = None

    def __del__(self):
        print("del", self.name)


a, b = C("a"), C("b")
a.me = a
_private = C("_private")
lst = [C("in a list 1"), C("in a list 2")]
a.attribute = C("attribute of a")


def function():
    return a


def generator():
    try:
        yield C("local of a generator")
    finally:
        print("finally")


g = generator()
kept = next(g)
w = ref(a, lambda r: print("no callback"))


def exit_function(*args, **kwargs):
    print("exit function", args, kwargs, a.name)


print(atexit.register(exit_function, 1, x=2) is exit_function)
atexit.register(lambda: print("the last one runs first"))
atexit.register(print, "not any more")
print(atexit._ncallbacks(), atexit.unregister(print), atexit._ncallbacks())


def failing():
    atexit.register(print, "too late")
    raise ValueError("in an exit function")


atexit.register(failing)
for bad in ((), (1,)):
    try:
        atexit.register(*bad)
    except TypeError as e:
        print(e)


class Last:
    import builtins as builtins

    def __del__(self):
        # Globals are still there in the last collection.
        print("last", __name__, a is not None, isinstance(self, Last))


last = Last()
print("end of the program")
