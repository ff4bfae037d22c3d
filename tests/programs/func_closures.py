# Closures share cells, see later assignments, and may assign with nonlocal.
def counter(start=0):
    count = start

    def increment(by=1):
        nonlocal count
        count += by
        return count

    def get():
        return count

    return increment, get


up, get = counter(10)
up2, get2 = counter()
print(up(), up(5), get(), up2(), get2(), get())


def late():
    def inner():
        return value

    value = "before"
    first = inner()
    value = "after"
    return first, inner()


print(late())


def chain(a):
    def second(b):
        def third(c):
            nonlocal a
            a += c
            return a, b, c

        return third

    return second


t = chain(1)(2)
print(t(3), t(3), t.__closure__[0].cell_contents, len(t.__closure__), t.__code__.co_freevars)
adders = [lambda x, n=n: x + n for n in range(3)]
shared = [lambda x: x + n for n in range(3)]
print([f(10) for f in adders], [f(10) for f in shared])


def unbound():
    def inner():
        return missing

    try:
        inner()
    except NameError as error:
        print(type(error).__name__, error)
    if False:
        missing = 1


unbound()


def deleted():
    x = 1

    def inner():
        return x

    print(inner())
    del x
    try:
        inner()
    except NameError as error:
        print(error)


deleted()


def compose(*functions):
    def composed(x):
        for function in reversed(functions):
            x = function(x)
        return x

    return composed


print(compose(str, lambda x: x + 1, abs)(-5))
