# Decorators: order, arguments, on methods, by classes.
log = []


def trace(label):
    log.append(f"make {label}")

    def decorate(function):
        log.append(f"apply {label}")

        def wrapper(*args, **kwargs):
            return f"{label}({function(*args, **kwargs)})"

        return wrapper

    return decorate


@trace("outer")
@trace("inner")
def greet(name, punctuation="!"):
    return name + punctuation


print(log, greet("hi"), greet("yo", punctuation="?"))


def memoize(function):
    cache = {}

    def wrapper(n):
        if n not in cache:
            cache[n] = function(n)
        return cache[n]

    wrapper.cache = cache
    return wrapper


@memoize
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), len(fib.cache))


class Count:
    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


@Count
def square(x):
    return x * x


print(square(3), square(4), square.calls)


def add_method(cls):
    cls.added = lambda self: f"added to {cls.__name__}"
    return cls


@add_method
class Target:
    @trace("method")
    def method(self):
        return type(self).__name__

    @staticmethod
    @trace("static")
    def static():
        return "s"


print(Target().added(), Target().method(), Target.static())
