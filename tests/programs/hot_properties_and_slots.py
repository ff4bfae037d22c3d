# Properties, descriptors, slots and __getattr__ read and written in hot loops.
class Celsius:
    def __init__(self):
        self._t = 0

    @property
    def t(self):
        return self._t

    @t.setter
    def t(self, value):
        self._t = value if value < 100 else 0


c = Celsius()
for i in range(3000):
    c.t += 7
print(c.t)


class Slots:
    __slots__ = ("a", "b")


s = Slots()
s.a = s.b = 0
for i in range(3000):
    s.a += i
    s.b = s.a - s.b if i < 2500 else 0.5
print(s.a, s.b)
del s.a
caught = 0
for i in range(1000):
    try:
        s.a += 1
    except AttributeError:
        caught += 1
        if i == 900:
            s.a = 0
print(caught, s.a)


class Typed:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner):
        return getattr(instance, self.name, 0)

    def __set__(self, instance, value):
        if not isinstance(value, int):
            raise TypeError(f"{self.name[1:]} must be int")
        setattr(instance, self.name, value)


class Record:
    x = Typed()
    y = Typed()


r = Record()
for i in range(2000):
    r.x = r.x + 1
    r.y = r.x * 2
print(r.x, r.y)
try:
    for i in range(2000):
        r.x = i if i < 1500 else "text"
except TypeError as error:
    print(i, error)


class Dynamic:
    def __init__(self):
        self.misses = 0

    def __getattr__(self, name):
        self.__dict__["misses"] += 1
        return len(name)


d = Dynamic()
total = 0
for i in range(2000):
    total += d.abc + d.misses * 0
    if i == 1000:
        d.abc = 100
print(total, d.misses)


class Growing:
    pass


g = Growing()
for i in range(60):
    setattr(g, "f%d" % i, i)
    for _ in range(30):
        total += g.f0 + getattr(g, "f%d" % i)
print(total, len(vars(g)))
instances = [Growing() for _ in range(6)]
for n, instance in enumerate(instances):
    for name in ("abcdef"[n:] + "abcdef"[:n]):
        setattr(instance, name, ord(name) - 96)
total = 0
for i in range(3000):
    o = instances[i % 6]
    total += o.a * 2 + o.f - o.c
    o.b = i
print(total, [o.b for o in instances])
