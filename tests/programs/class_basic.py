# Attributes of classes and instances, methods, and where names are looked up.
class Point:
    """A point."""

    dimensions = 2
    instances = []

    def __init__(self, x=0, y=0):
        self.x = x
        self.y = y
        Point.instances.append(self)

    def move(self, dx, dy):
        self.x += dx
        self.y += dy
        return self

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


p = Point(1, 2)
q = Point(y=5)
print(p, q, p.move(2, 3).move(1, 1), p.x, Point.dimensions, p.dimensions, len(Point.instances), Point.__doc__)
p.dimensions = 3
p.color = "red"
print(p.dimensions, q.dimensions, p.__dict__, vars(q), hasattr(q, "color"), getattr(q, "color", "none"))
del p.dimensions
print(p.dimensions, type(p), type(p).__name__, Point.__name__, Point.__module__, isinstance(p, Point), p.__class__ is Point)
Point.dimensions = 10
Point.double = lambda self: Point(self.x * 2, self.y * 2)
print(q.dimensions, q.double(), Point.move(q, 1, 1), p.move)
bound = q.move
print(bound(1, 0), bound.__self__ is q, bound.__func__ is Point.move, q.move == q.move, q.move is q.move)
setattr(q, "z", 9)
delattr(q, "y")
attempts = [lambda: q.y, lambda: p.nothing, lambda: Point.nothing, lambda: Point(1, 2, 3), lambda: p(), lambda: p + q, lambda: len(p), lambda: p[0], lambda: delattr(p, "zzz")]
for attempt in attempts:
    try:
        print(attempt())
    except (AttributeError, TypeError) as error:
        print(type(error).__name__ + ":", error)
print(q.z, sorted(q.__dict__), "move" in dir(q), "move" in Point.__dict__, Point.__qualname__)


class Empty:
    pass


e = Empty()
e.a, e.b = 1, 2
e.a, e.b = e.b, e.a
print(vars(e), e == Empty(), e == e, bool(e), hash(e) == hash(e), Empty.__bases__, Empty.__mro__)
