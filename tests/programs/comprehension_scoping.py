# Comprehensions have their own names, see the surrounding ones, and evaluate the first iterable outside.
x = "outer"
print([x for x in range(3)], x, {x for x in "a"}, {x: 1 for x in "b"}, list(x for x in "cd"), x)


def function():
    y = 10
    rows = [[y * i + j for j in range(i)] for i in range(4)]
    total = sum(y for _ in range(3))
    return rows, total, [y for y in range(2)], y


print(function())


class Class:
    n = 3
    squares = [i * i for i in range(n)]
    try:
        scaled = [n * i for i in range(2)]
    except NameError as error:
        message = str(error)


print(Class.squares, getattr(Class, "scaled", None), getattr(Class, "message", None))
functions = [lambda: i for i in range(3)]
print([f() for f in functions], [f() for f in [lambda i=i: i for i in range(3)]])
print([(a, b) for a in range(3) for b in range(a) if (a + b) % 2], [a for a in range(10) if a % 2 if a % 3])
print([y := 1, y + 1, y], [last := i for i in range(4)], last, any((hit := n) > 2 for n in [1, 3, 5]), hit)
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], [v for row in matrix for v in row], [*zip(*matrix)])
print([i if i % 2 else -i for i in range(5)], [(lambda v: v * i)(2) for i in range(3)], {i: [j for j in range(i)] for i in range(3)})
g = (i for i in [1, 2, 3])
print(next(g), list(g), list(g), type(g).__name__)


def lazy():
    source = [1, 2]
    generator = (v * factor for v in source)
    factor = 10
    source = [3]
    return list(generator)


print(lazy())
try:
    [undefined_name for _ in range(1)]
except NameError as error:
    print(error)
try:
    print([1 for i in 5])
except TypeError as error:
    print(error)
