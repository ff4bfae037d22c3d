# staticmethod and classmethod, called on classes, instances and subclasses.
class Base:
    registry = []

    def __init__(self, value=0):
        self.value = value

    @classmethod
    def create(cls, value):
        made = cls(value)
        cls.registry.append(cls.__name__)
        return made

    @staticmethod
    def helper(x, y=2):
        return x * y

    @classmethod
    def who(cls):
        return cls.__name__

    def via_self(self):
        return self.helper(3), self.who(), type(self).helper(1, 1)


class Derived(Base):
    @classmethod
    def who(cls):
        return "derived " + super().who()


print(Base.create(1).value, Derived.create(2).value, type(Derived.create(3)).__name__, Base.registry)
print(Base.helper(2), Base().helper(2, 5), Derived.helper(4), Base.who(), Derived.who(), Derived().who(), Derived().via_self())
print(Base.create.__self__ is Base, Derived.create.__self__ is Derived, Base.create.__func__ is Derived.create.__func__)
print(type(Base.__dict__["helper"]).__name__, type(Base.__dict__["create"]).__name__, Base.helper is Base.helper, callable(Base.__dict__["helper"]))
function = Base.__dict__["helper"]
print(function(5), Base.create.__name__)


class Plain:
    def no_self():
        return "called on the class"

    builtin = len
    function = lambda *args: len(args)


print(Plain.no_self(), Plain().builtin("abc"), Plain().function(), Plain.function())
try:
    Plain().no_self()
except TypeError as error:
    print(error)
Plain.late = classmethod(lambda cls, x: (cls.__name__, x))
Plain.later = staticmethod(lambda x: x)
print(Plain().late(1), Plain.later(2), Plain().later(3))
