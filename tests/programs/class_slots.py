# __slots__: fixed attributes without an instance dictionary.
class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y=None):
        self.x = x
        if y is not None:
            self.y = y


s = Slotted(1, 2)
s.x += 10
print(s.x, s.y, Slotted.__slots__, hasattr(s, "__dict__"), type(Slotted.x).__name__)
t = Slotted(1)
for attempt in (lambda: t.y, lambda: setattr(t, "z", 1), lambda: delattr(t, "y"), lambda: t.__dict__):
    try:
        print(attempt())
    except AttributeError as error:
        print(error)
del s.x
try:
    s.x
except AttributeError as error:
    print(error)
s.x = "back"
print(s.x)


class Child(Slotted):
    __slots__ = ("z",)


class Open(Slotted):
    pass


c = Child(1, 2)
c.z = 3
print(c.x, c.y, c.z, hasattr(c, "__dict__"))
o = Open(1)
o.anything = "goes"
print(o.anything, o.x, o.__dict__)
try:
    c.w = 1
except AttributeError as error:
    print(error)


class Private:
    __slots__ = ("__hidden", "__dict__")

    def __init__(self):
        self.__hidden = 1
        self.free = 2


p = Private()
print(p._Private__hidden, p.__dict__)
try:
    class Conflict:
        __slots__ = ("a",)
        a = 1
except ValueError as error:
    print(error)
try:
    class Two(Slotted, Private):
        pass
except TypeError as error:
    print(error)
total = 0
for i in range(200):
    item = Slotted(i, i * 2)
    total += item.x + item.y
print(total)
