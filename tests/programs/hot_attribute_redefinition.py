# Classes and instances change while a hot loop reads them.
class C:
    limit = 10

    def value(self):
        return 1


c = C()
total = 0
history = []
for i in range(6000):
    total += c.value() + c.limit
    if i == 1000:
        C.limit = 20
    elif i == 2000:
        C.value = lambda self: 100
    elif i == 3000:
        c.limit = 1
    elif i == 3500:
        c.value = lambda: 7
    elif i == 4000:
        del c.value
    elif i == 4500:
        del c.limit
    elif i == 5000:
        C.limit = property(lambda self: 1000)
    elif i == 5500:
        C.value = staticmethod(lambda: 3)
    if i % 500 == 0:
        history.append(total)
print(history, total)


class Base:
    def who(self):
        return 1


class Child(Base):
    pass


child = Child()
total = 0
for i in range(3000):
    total += child.who()
    if i == 1000:
        Base.who = lambda self: 10
    elif i == 2000:
        Child.who = lambda self: 100
    elif i == 2500:
        del Child.who
print(total)


class Other(Base):
    def who(self):
        return -1


for i in range(2000):
    total += child.who()
    if i == 1000:
        child.__class__ = Other
print(total)


def read(o):
    return o.x


class P:
    def __init__(self):
        self.x = 1


objects = [P() for _ in range(4)]
total = 0
for i in range(4000):
    total += read(objects[i % 4])
    if i == 1500:
        objects[2].y = 5
        objects[2].x = 10
    elif i == 2000:
        del objects[1].x
        P.x = 50
    elif i == 3000:
        P.__getattribute__ = lambda self, name: 0
print(total)
