# Attribute accesses and calls of sites that see many classes and many orders of attributes, and what happens when classes
# and instances change behind their back.
def get(o):
    return o.value


def put(o, v):
    o.value = v


def call(o):
    return o.method()


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


class Plain:
    def __init__(self, v):
        self.value = v

    def method(self):
        return "plain", self.value


class Other(Plain):
    def __init__(self, v):
        self.first = 1
        self.value = v

    def method(self):
        return "other", self.value


class ClassValue:
    value = "of the class"

    def method(self):
        return "class value"


class Property:
    @property
    def value(self):
        return "property"

    @value.setter
    def value(self, v):
        self.set_to = v

    def method(self):
        return "property method"


class Slots:
    __slots__ = ("value",)

    def __init__(self, v):
        self.value = v

    def method(self):
        return "slots"


class Hook:
    def __getattr__(self, name):
        return name + "?"

    def __setattr__(self, name, v):
        self.__dict__[name] = (name, v)

    def method(self):
        return "hook"


class Shadow(Plain):
    def __init__(self, v):
        self.value = v
        self.method = lambda: "shadowed"


class Static:
    value = None

    @staticmethod
    def method():
        return "static"


class ByClass:
    value = 0

    @classmethod
    def method(cls):
        return "class method", cls.__name__


def everything(n):
    out = []
    for i in range(n):
        objects = [Plain(i), Other(i), ClassValue(), Property(), Slots(i), Hook(), Shadow(i), Static(), ByClass(), Plain, 3, None, []]
        del out[:]
        for o in objects:
            out.append((attempt(get, o), attempt(call, o), attempt(put, o, i), attempt(get, o)))
        Plain.value = 0
        del Plain.value
    return out


for row in everything(30):
    print(row)

# A class changes: methods, attributes, data descriptors, bases.
objects = [Plain(1), Other(2), ClassValue(), Shadow(3)]


def all_of(f):
    return [attempt(f, o) for o in objects]


for _ in range(20):
    all_of(get), all_of(call)
Plain.method = lambda self: "new"
print(all_of(call))
Other.method = 5
print(all_of(call))
del Other.method
print(all_of(call))
Plain.value = property(lambda self: "descriptor")
print(all_of(get), [attempt(put, o, 9) for o in objects])
del Plain.value
print(all_of(get))
ClassValue.value = "changed"
print(all_of(get))
ClassValue.__getattribute__ = lambda self, name: "hooked " + name
print(all_of(get))
del ClassValue.__getattribute__
print(all_of(get))


class Base2:
    def method(self):
        return "base 2"


Other.__bases__ = (Base2,)
print(all_of(call), all_of(get))

# Instances lose attributes, get dicts, get other classes.
for i in range(60):
    o = Plain(i)
    if i % 3 == 0:
        del o.value
    if i % 4 == 0:
        o.__dict__["value"] = "in the dict"
    if i % 5 == 0:
        o.__class__ = ClassValue
    if i > 50:
        print(i, attempt(get, o), attempt(call, o), attempt(put, o, i), attempt(get, o))


# New attributes in different orders through one storing site.
def store(o, name_order):
    for name in name_order:
        if name == "a":
            o.a = name
        elif name == "b":
            o.b = name
        else:
            o.c = name


class Empty:
    pass


seen = []
for order in ["abc", "acb", "bac", "bca", "cab", "cba", "aab", "c"] * 8:
    e = Empty()
    store(e, order)
    seen.append(list(e.__dict__))
print(seen[-8:])
many = Empty()
for i in range(40):
    setattr(many, f"x{i}", i)
    many.value = i
print(len(many.__dict__), many.value)


class Dies:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append("dead")


log = []
for o in [Plain(Dies(log)), Other(Dies(log)), Slots(Dies(log)), Empty()] * 10:
    put(o, 1)
    log.append("stored")
print(log[-8:])
