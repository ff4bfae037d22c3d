# Generators driven from hot loops.
def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def squares(source):
    for x in source:
        yield x * x


def odd(source):
    for x in source:
        if x % 2:
            yield x


print(sum(count(5000)), sum(squares(count(2000))), sum(odd(squares(count(2000)))))
total = 0
for x in odd(count(3000)):
    if x > 2500:
        break
    total += x
print(total)


def accumulator():
    total = 0
    while True:
        x = yield total
        if x is None:
            break
        total += x
    return total


a = accumulator()
next(a)
for i in range(3000):
    r = a.send(i if i < 2000 else i + 0.5)
print(r)


def delegating(n):
    for i in range(n):
        yield from count(i % 5)


print(sum(delegating(1000)), sum(x * y for x in count(60) for y in count(x)))


def zigzag(n):
    direction = 1
    position = 0
    for _ in range(n):
        position += direction
        if abs(position) >= 10:
            direction = -direction
        yield position


print(max(zigzag(500)), min(zigzag(500)), sum(zigzag(1234)))


def interleave(*generators):
    generators = list(generators)
    while generators:
        for g in list(generators):
            try:
                yield next(g)
            except StopIteration:
                generators.remove(g)


print(sum(interleave(count(500), squares(count(300)), iter([1.5] * 10))), list(interleave(count(2), count(3))))


def raising(n):
    for i in range(n):
        try:
            yield i
        except ValueError as error:
            yield str(error)


g = raising(3000)
caught = 0
for i in range(1000):
    next(g)
    if g.throw(ValueError("v")) == "v":
        caught += 1
print(caught, next(g))
gens = [count(50) for _ in range(40)]
print(sum(sum(g) for g in gens), len([1 for g in gens for _ in g]))
