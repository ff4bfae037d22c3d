# Call sites that see one, two, many classes.
class Shape:
    def area(self):
        return 0

    def scaled(self, k):
        return self.area() * k


class Square(Shape):
    def __init__(self, a):
        self.a = a

    def area(self):
        return self.a * self.a


class Rect(Shape):
    def __init__(self, a, b):
        self.b = b
        self.a = a

    def area(self):
        return self.a * self.b


class Circle(Shape):
    __slots__ = ("r",)

    def __init__(self, r):
        self.r = r

    def area(self):
        return 3.0 * self.r * self.r


class Lazy(Shape):
    def __getattr__(self, name):
        if name == "size":
            return 5
        raise AttributeError(name)

    def area(self):
        return self.size


class Callable(Shape):
    def __init__(self):
        self.area = lambda: 11


def total(shapes):
    result = 0
    for shape in shapes:
        result += shape.area()
    return result


makers = [lambda i: Square(i % 5), lambda i: Rect(i % 3, 2), lambda i: Circle(1.5), lambda i: Lazy(), lambda i: Callable(), lambda i: Shape()]
for width in range(1, 7):
    shapes = [makers[i % width](i) for i in range(600)]
    print(width, total(shapes), sum(s.scaled(2) for s in shapes))


def apply(function, x):
    return function(x)


functions = [lambda x: x + 1, str, len, abs, Square, [1, 2, 3].__getitem__, "abc".find, Shape().scaled, int, bool]
arguments = [1, 2, "abc", -3, 4, 0, "b", 3, "7", []]
out = []
for i in range(3000):
    k = i % 10 if i > 1000 else 0
    r = apply(functions[k], arguments[k])
    if i > 2989:
        out.append(r.a if isinstance(r, Square) else r)
print(out)


def arity(*args):
    return len(args)


def keywords(a, b=10, *, c=100):
    return a + b + c


result = 0
for i in range(3000):
    result += arity(*range(i % 4)) + keywords(i) + keywords(1, b=i) + keywords(*(1, 2), **{"c": 3})
print(result)
