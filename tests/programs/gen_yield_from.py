# Delegation: values, sent values, exceptions and return values pass through.
def inner():
    received = []
    try:
        for i in range(3):
            received.append((yield i))
    except KeyError as error:
        received.append(repr(error))
        yield "handled"
    return received


def outer():
    result = yield from inner()
    print("inner returned", result)
    yield "outer"
    result = yield from [10, 20]
    print("a list returns", result)
    return "done"


g = outer()
print(next(g), g.send("a"), g.send("b"), g.send("c"), next(g), next(g))
try:
    next(g)
except StopIteration as stop:
    print(stop.value)
g = outer()
print(next(g), g.throw(KeyError("k")), next(g))
g.close()


def flatten(x):
    if isinstance(x, (list, tuple)):
        for item in x:
            yield from flatten(item)
    else:
        yield x


print(list(flatten([1, [2, (3, [4, []])], 5])))


def chain(*iterables):
    for iterable in iterables:
        yield from iterable


print(list(chain("ab", range(2), {"k": 1}, (x for x in [9]))))


def closes():
    try:
        yield from waiting()
    except GeneratorExit:
        print("outer closed")
        raise


def waiting():
    try:
        yield 1
        yield 2
    finally:
        print("inner closed")


c = closes()
next(c)
c.close()
d = closes()
next(d)
try:
    d.throw(ValueError("deep"))
except ValueError as error:
    print(error)


def countdown(n):
    if n:
        yield n
        yield from countdown(n - 1)


print(sum(countdown(100)), list(countdown(5)))


def returns(n):
    return n
    yield


def total():
    a = yield from returns(1)
    b = yield from returns(2)
    yield a + b


print(list(total()))
try:
    list((lambda: (yield from 5))())
except TypeError as error:
    print(error)
