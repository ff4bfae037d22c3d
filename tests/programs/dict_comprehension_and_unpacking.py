# Dictionary displays, comprehensions and unpacking into calls.
squares = {n: n * n for n in range(6)}
print(squares, {v: k for k, v in squares.items()}, {k: v for k, v in squares.items() if v % 2})
print({c: i for i, c in enumerate("hello")}, {x: {y: x * y for y in range(2)} for x in range(3)})


def show(*args, **kwargs):
    return args, kwargs


print(show(**{"a": 1}, **{"b": 2}), show(*[1, 2], *"xy", k=3, **{"z": 4}), show(*range(3)), show(**squares and {}))
attempts = [
    lambda: show(**{"a": 1}, **{"a": 2}),
    lambda: show(a=1, **{"a": 2}),
    lambda: show(**{1: 2}),
    lambda: show(**[1]),
    lambda: show(*5),
]
for attempt in attempts:
    try:
        print(attempt())
    except TypeError as error:
        print(error)
order = []


def note(x):
    order.append(x)
    return x


{note("k1"): note("v1"), note("k2"): note("v2")}
{note("ck"): note("cv") for _ in range(1)}
print(order)
a = {"x": 1}
print({**a, "x": 2}, {"x": 0, **a}, {**{}, **a} is a, [*a], {*a}, (*a, *a))
