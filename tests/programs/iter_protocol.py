# Iterators by class: __iter__, __next__, iter with a sentinel, exhaustion.
class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1


class Repeatable:
    def __iter__(self):
        return iter([1, 2, 3])


class Growing:
    def __iter__(self):
        n = 0
        while n < 4:
            yield n
            n += 1


print(list(Countdown(4)), sum(Countdown(10)), 3 in Countdown(5), max(Countdown(3)), sorted(Countdown(3)), [*Countdown(2)])
r = Repeatable()
print(list(r), list(r), list(zip(r, r)), list(Growing()), set(Growing()) == {0, 1, 2, 3}, "-".join(str(x) for x in Growing()))
it = iter(Countdown(3))
for x in it:
    print(x, end=" ")
    for y in it:
        print("inner", y, end=" ")
        break
print()
values = [3, 2, 1, 0, 5]
print(list(iter(values.pop, 3)), values)
values = [3, 2, 1, 0, 5]
print(list(iter(lambda: values.pop(0), 0)), values)
i = iter([1, 2])
print(next(i), next(i), next(i, None), next(i, "end"))
a, b, c = Countdown(3)
print(a, b, c, dict(zip("xy", Countdown(2))), list(map(lambda p, q: p * q, Countdown(3), Countdown(2))))


class NotIterator:
    def __iter__(self):
        return 5


class Raises:
    def __iter__(self):
        return self

    def __next__(self):
        raise ValueError("while iterating")


for bad in (NotIterator(), Raises(), object()):
    try:
        for x in bad:
            pass
    except (TypeError, ValueError) as error:
        print(type(error).__name__ + ":", error)
for attempt in (lambda: next([1]), lambda: [] in 5, lambda: (lambda a, b: 0)(*Countdown(3))):
    try:
        attempt()
    except TypeError as error:
        print(error)
print(iter([1]).__length_hint__(), type(iter([])).__name__, type(iter({})).__name__, type(iter("")).__name__, type(iter(range(1))).__name__)
