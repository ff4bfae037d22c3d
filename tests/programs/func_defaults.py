# Defaults are evaluated once, at definition, and live on the function.
calls = []


def note(x):
    calls.append(x)
    return x


def f(a=note(1), *, b=note(2)):
    return a, b


print(calls, f(), f(5), calls)


def accumulate(x, into=[]):
    into.append(x)
    return into


print(accumulate(1), accumulate(2), accumulate(3, []), accumulate.__defaults__, f.__kwdefaults__)
f.__defaults__ = ("changed",)
f.__kwdefaults__ = {"b": "too"}
print(f())
f.__defaults__ = None
try:
    f()
except TypeError as error:
    print(error)
n = 1


def late(x=n):
    return x, n


n = 2
print(late(), late(n), late.__name__, late.__qualname__, late.__code__.co_argcount, late.__code__.co_varnames)
late.attribute = "set"
print(late.attribute, late.__dict__, late.__module__, callable(late), late.__doc__)


def documented():
    """The text."""


print(documented.__doc__, documented(), (lambda: 0).__name__)
