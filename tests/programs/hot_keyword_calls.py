# Calls with keywords, defaults, stars and bound methods in hot loops.
def f(a, b=2, *, c=3, d=4):
    return a * 1000 + b * 100 + c * 10 + d


def g(*args, **kwargs):
    return len(args) + sum(kwargs.values())


def h(first, /, second, *rest, key=None, **others):
    return first + second + len(rest) + (key or 0) + len(others)


class K:
    def __init__(self, x, *, y=1):
        self.v = x + y

    def m(self, a=1, **k):
        return self.v + a + len(k)

    def __call__(self, *args, scale=1):
        return len(args) * scale


total = 0
k = K(5, y=2)
bound = k.m
options = {"c": 7}
for i in range(2500):
    total += f(i) + f(i, c=1) + f(b=i, a=1) + f(i, d=i, b=0, c=1)
    total += f(*(i, 1)) + f(**{"a": i}) + f(i, **options) + f(*[i], **options, b=1)
    total += g() + g(i) + g(1, 2, x=i) + g(*range(i % 4), **{"p": 1, "q": 2})
    total += h(1, i) + h(1, second=i) + h(1, 2, 3, 4, key=i, z=0, y=1)
    total += K(i).v + K(x=i, y=0).v + bound() + bound(a=i) + k.m(2, p=1, q=2) + k(i, i, scale=i)
    if i == 1500:
        options["d"] = 9
    if i == 2000:
        options.pop("d", None)
print(total)
errors = {}
for i in range(600):
    try:
        if i % 4 == 0:
            f(i, bad=1)
        elif i % 4 == 1:
            f()
        elif i % 4 == 2:
            f(1, a=2)
        else:
            f(1, 2, 3)
    except TypeError as error:
        errors[str(error)] = errors.get(str(error), 0) + 1
print(errors)
partial = [lambda *a, i=i, **k: f(*a, **k) + i for i in range(5)]
print(sum(partial[i % 5](i, d=i) for i in range(1000)), sorted([3, 1, 2], key=lambda x, /: -x), max([1, 5, 3], key=lambda x: -x, default=0))
