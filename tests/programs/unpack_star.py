# Assignment by unpacking.
a, b = 1, 2
a, b = b, a
[c, d], e = (3, 4), 5
print(a, b, c, d, e)
first, *rest = range(5)
*init, last = "hello"
head, *middle, tail = [1, 2]
print(first, rest, init, last, head, middle, tail)
(x, (y, *z)), w = (1, (2, 3, 4)), {"k": 1}
print(x, y, z, w)
*only, = (1, 2)
print(only, [*range(2), *"ab"], (*[1], 2), {*[1], 1}, [*{}, *()])
for i, (p, q) in enumerate([(1, 2), (3, 4)]):
    print(i, p, q, end="; ")
print()
data = {}
data["a"], data["b"], *data["rest"] = "wxyz"
print(data)
i = 0
i, lst = 1, [0, 0]
i, lst[i] = 0, "at one"
print(i, lst)
attempts = [
    lambda: (lambda p, q: None)(*[1]),
    lambda: exec("a, b = 1, 2, 3"),
    lambda: exec("a, b, c = [1, 2]"),
    lambda: exec("a, *b, c = [1]"),
    lambda: exec("a, b = 5"),
    lambda: exec("a, = ()"),
    lambda: exec("a, b = {1: 2}"),
]
for attempt in attempts:
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__ + ":", error)


def pair():
    return "l", "r"


l, r = pair()
(m, n), o = pair(), "third"
print(l, r, m, n, o)
a = b = c = [1]
print(a is b is c)
