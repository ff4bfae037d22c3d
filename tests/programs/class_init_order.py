# What runs when a class statement and a call of the class are executed.
log = []


def note(x):
    log.append(x)
    return x


class Base:
    note("base body")

    def __new__(cls, *args):
        note(f"new {cls.__name__} {args}")
        return object.__new__(cls)

    def __init__(self, *args):
        note(f"init {type(self).__name__} {args}")


class Derived(note(Base)):
    attribute = note("attribute")

    @note
    def method(self, default=note("default")):
        pass


log[1] = "Base class"
log[-1] = "function"
print(log)
log.clear()
Derived(1, 2)
print(log)
log.clear()


class Strange:
    def __new__(cls):
        return "not an instance"

    def __init__(self):
        print("never called")


print(Strange())


class Cached:
    cache = {}

    def __new__(cls, key):
        if key not in cls.cache:
            cls.cache[key] = super().__new__(cls)
        return cls.cache[key]

    def __init__(self, key):
        self.calls = getattr(self, "calls", 0) + 1


print(Cached("a") is Cached("a"), Cached("b").calls, Cached("a").calls)


class BadInit:
    def __init__(self):
        return 5


for attempt in (BadInit, lambda: object(1), lambda: Derived.__new__(), lambda: object.__new__(int), lambda: int.__new__(str)):
    try:
        attempt()
    except TypeError as error:
        print(error)
