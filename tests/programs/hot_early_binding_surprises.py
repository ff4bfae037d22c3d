# Changes through the back door: __dict__, __class__, __code__, __defaults__, module globals.
class A:
    def __init__(self):
        self.n = 1

    def get(self):
        return self.n


class B(A):
    def get(self):
        return self.n * 100


a = A()
total = 0
for i in range(4000):
    total += a.get()
    if i == 1000:
        a.__dict__["n"] = 5
    elif i == 2000:
        a.__class__ = B
    elif i == 3000:
        a.__dict__ = {"n": 7}
    elif i == 3500:
        a.__dict__.clear()
        a.__dict__.update(n=0.5)
print(total)


def f(x, k=1):
    return x + k


def g(x, k=2):
    return x * k


total = 0
for i in range(4000):
    total += f(i)
    if i == 1000:
        f.__defaults__ = (1000,)
    elif i == 2000:
        f.__code__ = g.__code__
    elif i == 3000:
        f.__defaults__ = (0,)
print(total)
module = globals()
value = 1
total = 0
for i in range(4000):
    total += value
    if i == 1000:
        module["value"] = 10
    elif i == 2000:
        del module["value"]
        module["value"] = 0.5
    elif i == 3000:
        module.update(value=100)
print(total)


class Meta(type):
    @property
    def rate(cls):
        return cls._rate


class Rated(metaclass=Meta):
    _rate = 1


total = 0
for i in range(3000):
    total += Rated.rate
    if i == 1500:
        Rated._rate = 3
    elif i == 2000:
        Meta.rate = property(lambda cls: 50)
print(total)


class Callable:
    def __call__(self, x):
        return x


class Later(Callable):
    pass


c = Later()
total = 0
for i in range(3000):
    total += c(1)
    if i == 1000:
        Callable.__call__ = lambda self, x: x * 10
    elif i == 2000:
        Later.__call__ = lambda self, x: -x
print(total)


class Iter:
    def __iter__(self):
        return iter((1, 2))


it = Iter()
total = 0
for i in range(2000):
    for x in it:
        total += x
    if i == 1000:
        Iter.__iter__ = lambda self: iter((10,))
print(total)


class Number(int):
    pass


total = 0
n = Number(2)
for i in range(3000):
    total += n + 1
    if i == 1500:
        Number.__add__ = lambda self, other: 1000
print(total)
