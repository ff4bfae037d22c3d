# Builtins that take functions.
print(list(map(lambda x: x * 2, [1, 2, 3])), list(map(lambda a, b: a + b, [1, 2, 3], [10, 20])), list(map(str, range(3))))
print(list(filter(lambda x: x % 2, range(8))), list(filter(None, [0, 1, "", "a", None, []])), list(map(len, ["a", "bb"])))
print(list(zip([1, 2, 3], "ab")), list(zip()), list(zip([1])), dict(zip("ab", [1, 2])), list(zip(*[(1, 2), (3, 4)])))
print(list(enumerate("ab")), list(enumerate("ab", 5)), list(enumerate([])), list(reversed([1, 2])), list(reversed("ab")))
print(sum([1, 2, 3]), sum([[1], [2]], []), sum((x for x in range(4)), 10), max([3, 1, 2]), max(1, 5, 3), max("b", "a", key=ord))
print(min([], default="none"), max((x for x in ()), default=0), min([3, -5, 2], key=abs), max(["aa", "b"], key=len))
print(any([0, 1]), all([1, 0]), any([]), all([]), any(x > 2 for x in range(5)), all(x < 3 for x in range(5)))
print(sorted("hello", reverse=True), sorted([3, 1, 2], key=lambda x: -x), abs(-3), abs(-2.5), divmod(7, 3), pow(2, 5), round(2.567, 2))
print(callable(len), callable(3), hasattr("a", "upper"), getattr("a", "nope", "default"), isinstance(1, (str, int)), issubclass(bool, int))
print(chr(65), ord("a"), bin(5), hex(255), oct(8), repr("x"), ascii("é"), format(3.14159, ".2f"), len([1, 2]), bool([]))
try:
    list(zip([1, 2], [1], strict=True))
except ValueError as error:
    print(error)
try:
    list(map(lambda x: 1 // x, [1, 0]))
except ZeroDivisionError as error:
    print(error)
for attempt in (lambda: max([]), lambda: min(1), lambda: sum(["a"]), lambda: map(len), lambda: max(1, "a"), lambda: sorted(5)):
    try:
        print(attempt())
    except (ValueError, TypeError) as error:
        print(type(error).__name__ + ":", error)
m = map(lambda x: x * x, iter([1, 2, 3]))
print(next(m), list(m), list(m), next(m, "end"))
