# Generators that hand generator expressions to builtins, and count from the ends of lists.
import sys


def rotations(items):
    pool = tuple(items)
    order = list(range(len(pool)))
    for turn in range(300):
        j = turn % len(order) + 1
        order[0], order[-j] = order[-j], order[0]
        yield tuple(pool[i] for i in order)
        yield len(set(pool[i] + i for i in order))
        yield list(i for i in order[:2])


seen = {}
for item in rotations("abcdef" and [5, 3, 8, 1]):
    seen[str(item)] = seen.get(str(item), 0) + 1
print(sorted(seen.items()))


def failing(limit):
    def check(i):
        if i == limit:
            raise ValueError(f"item {i}")
        return i

    for turn in range(200):
        try:
            yield tuple(check(i + turn) for i in range(3))
        except ValueError as e:
            tb = e.__traceback__
            names = []
            while tb:
                names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - failing.__code__.co_firstlineno))
                tb = tb.tb_next
            yield str(e), names


for n, item in enumerate(failing(190)):
    if n > 185:
        print(item)


def no_closure():
    for turn in range(200):
        yield sum(tuple(i * i for i in range(4)))
        yield sorted(-i for i in [3, 1, 2])


print(list(no_closure())[-2:])


def unhashable():
    for turn in range(120):
        values = [[1]] if turn == 110 else [1, 2]
        try:
            yield set(v for v in values)
        except TypeError as e:
            yield str(e)


print([x for x in unhashable() if x != {1, 2}])


def deep(n):
    # The expression's frame is the one too many.
    yield tuple(n for n in range(n))
    yield from deep(n + 1)


def depth():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(200)
    count = 0
    try:
        for t in deep(0):
            count += 1
    except RecursionError:
        print("too deep", count > 50)
    finally:
        sys.setrecursionlimit(limit)


for _ in range(3):
    depth()


class Odd:
    def __init__(self, n):
        self.n = n

    def __neg__(self):
        return -self.n

    def __index__(self):
        return self.n


def negations(values):
    items = list(range(10))
    out = []
    for v in values:
        try:
            items[-v] = items[-v] + 1
            out.append(-v if isinstance(v, (int, float)) else "odd")
        except (IndexError, TypeError) as e:
            out.append(str(e))
    return out, items


print(negations([1] * 500 + [3, 11, 2.5, 10, Odd(4), True, 2**70, -3, 0])[0][-10:])
print(negations([Odd(2)] * 300)[1])
print(negations([-(2**62), 2**61, -(2**60), 4])[0])
values = [2] * 400 + [-(2**61), 2**61 - 1, 2**60]
print([-v for v in values][-4:])
table = {-1: 5}
for k in [1] * 300 + [2]:
    print(end="" if k == 1 else str(table.get(-k)) + "\n")
mixed = 0
for box in [[1, 2, 3]] * 200 + [(4, 5), "xyz", {-1: 7}]:
    k = 1
    mixed = str(box[-k])
print(mixed)
