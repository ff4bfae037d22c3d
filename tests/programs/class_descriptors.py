# The descriptor protocol: data and non-data descriptors, __set_name__.
class Logged:
    def __set_name__(self, owner, name):
        self.name = name
        print("named", owner.__name__, name)

    def __get__(self, instance, owner):
        if instance is None:
            return f"descriptor {self.name} of {owner.__name__}"
        return instance.__dict__.get(self.name, "unset")

    def __set__(self, instance, value):
        print("set", self.name, value)
        instance.__dict__[self.name] = value

    def __delete__(self, instance):
        print("delete", self.name)
        del instance.__dict__[self.name]


class NonData:
    def __get__(self, instance, owner):
        return "from the descriptor"


class Host:
    x = Logged()
    y = Logged()
    z = NonData()


h = Host()
print(Host.x, h.x, h.z)
h.x = 1
h.x += 5
h.__dict__["z"] = "from the instance"
print(h.x, h.z, Host.z, h.__dict__)
del h.x
print(h.x)
h.__dict__["y"] = "shadow?"
print(h.y)


class Lazy:
    def __init__(self, function):
        self.function = function

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        value = self.function(instance)
        instance.__dict__[self.name] = value
        print("computed", self.name)
        return value


class Circle:
    def __init__(self, r):
        self.r = r

    @Lazy
    def area(self):
        return 3 * self.r**2


c = Circle(2)
print(c.area, c.area)


class Method:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        return lambda *args: self.function(instance, *args)


class User:
    greet = Method(lambda self, name: f"{type(self).__name__} greets {name}")


print(User().greet("you"), str.upper.__get__("abc")(), (lambda self: self).__get__(5)())
Host.w = Logged()
try:
    Host().w
except AttributeError as error:
    print(error)
