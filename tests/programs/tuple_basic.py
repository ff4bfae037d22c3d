# Tuples: literals, indexing, methods, comparison, hashing.
t = (1, "two", 3.0, None, (4, 5))
print(t, len(t), t[0], t[-1][1], t[1:3], t[::-1], (), (1,), 1, 2)
print((1, 2) + (3,), (1, 2) * 2, 0 * (1,), 2 in (1, 2), (1, 2).count(2), (1, 2, 3).index(3), tuple("abc"), tuple([1, 2]))
print((1, 2) < (1, 3), (1, 2) < (1, 2, 0), (2,) > (1, 9), (1, 2) == (1.0, 2.0), (1, 2) == [1, 2], () < (0,))
print(hash((1, 2)) == hash((1.0, 2)), {(1, "a"): "v"}[(1, "a")], sorted([(2, "b"), (1, "z"), (2, "a")]))
attempts = [
    lambda: t[9],
    lambda: t["x"],
    lambda: t + [1],
    lambda: (1, 2).index(5),
    lambda: hash(([],)),
    lambda: (1, "a") < (1, 2),
    lambda: tuple(5),
]
for attempt in attempts:
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
try:
    t[0] = 1
except TypeError as error:
    print(error)
shared = ([],)
try:
    shared[0] += [1]
except TypeError as error:
    print(error, shared)
print(min((3, 1, 2)), sum((1, 2, 3)), any(()), all(()), list(reversed((1, 2, 3))))
