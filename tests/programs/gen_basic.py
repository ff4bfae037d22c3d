# Generators: laziness, state, exhaustion.
def count(n):
    print("start")
    for i in range(n):
        yield i
    print("end")


g = count(3)
print(type(g).__name__, iter(g) is g)
print(next(g), next(g), next(g))
try:
    next(g)
except StopIteration as stop:
    print("stopped", stop.value)
print(next(g, "default"), list(g))


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def take(n, iterable):
    for item in iterable:
        if n <= 0:
            return
        n -= 1
        yield item


print(list(take(15, fibonacci())), sum(take(100, fibonacci())))


def primes():
    known = []
    n = 2
    while True:
        if all(n % p for p in known):
            known.append(n)
            yield n
        n += 1


print(list(take(12, primes())), max(take(5, primes())), 7 in take(5, primes()), sorted(take(4, primes()), reverse=True))


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


print(list(tree(3)), [*tree(2)], dict(enumerate(tree(2))), tuple(tree(1)), *tree(2))
a, *b = tree(2)
print(a, b, list(zip(tree(2), "abc")), [x * y for x in tree(2) for y in (1, 10)])


def empty():
    return
    yield


print(list(empty()), (lambda: (yield))().__next__(), [x for x in (i * i for i in range(5)) if x % 2])
squares = (i * i for i in range(1000000))
print(next(squares), next(squares), next(squares))
