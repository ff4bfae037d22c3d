# __getattr__, __getattribute__, __setattr__, __delattr__, __dir__.
class Fallback:
    present = "class attribute"

    def __getattr__(self, name):
        if name.startswith("no"):
            raise AttributeError(f"refused {name}")
        return f"dynamic {name}"


f = Fallback()
f.own = "own"
print(f.own, f.present, f.anything, hasattr(f, "nothing"), hasattr(f, "something"), getattr(f, "none", "default"))
try:
    f.nope
except AttributeError as error:
    print(error)


class Recorder:
    def __init__(self):
        object.__setattr__(self, "log", [])
        self.first = 1

    def __setattr__(self, name, value):
        self.log.append(("set", name, value))
        super().__setattr__(name, value)

    def __delattr__(self, name):
        self.log.append(("del", name))
        super().__delattr__(name)


r = Recorder()
r.x = 5
r.x += 1
del r.x
try:
    del r.missing
except AttributeError as error:
    print(error)
print(r.log, vars(r).keys() == {"log", "first"})


class Everything:
    real = "real"

    def __getattribute__(self, name):
        if name == "secret":
            return "found anyway"
        if name == "broken":
            raise AttributeError(name)
        return object.__getattribute__(self, name)

    def __getattr__(self, name):
        return "then getattr: " + name

    def __dir__(self):
        return ["b", "a"]


e = Everything()
print(e.real, e.secret, e.broken, e.unknown, dir(e))


class Proxy:
    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)


p = Proxy([3, 1, 2])
p.append(0)
p.sort()
print(p._target, p.count(1), p.__len__())
try:
    len(p)
except TypeError as error:
    print(error)
