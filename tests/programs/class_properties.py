# Properties: getter, setter, deleter, inheritance.
class Temperature:
    def __init__(self, celsius):
        self._celsius = celsius

    @property
    def celsius(self):
        """Degrees Celsius."""
        return self._celsius

    @celsius.setter
    def celsius(self, value):
        if value < -273.15:
            raise ValueError("below absolute zero")
        self._celsius = value

    @celsius.deleter
    def celsius(self):
        print("deleting")
        self._celsius = 0

    @property
    def fahrenheit(self):
        return self._celsius * 9 / 5 + 32

    kelvin = property(lambda self: self._celsius + 273.15, doc="Kelvin")


t = Temperature(25)
print(t.celsius, t.fahrenheit, t.kelvin)
t.celsius = 100
t.celsius += 5
print(t.celsius, t.fahrenheit, Temperature.celsius.__doc__, Temperature.kelvin.__doc__)
del t.celsius
print(t.celsius, "celsius" in vars(t), type(Temperature.celsius).__name__)
for attempt in (lambda: setattr(t, "celsius", -300), lambda: setattr(t, "fahrenheit", 1), lambda: delattr(t, "kelvin")):
    try:
        attempt()
    except (ValueError, AttributeError) as error:
        print(type(error).__name__ + ":", error)
t.__dict__["celsius"] = "in the dictionary"
print(t.celsius, vars(t)["celsius"])


class Limited(Temperature):
    @property
    def celsius(self):
        return f"about {super().celsius}"

    @Temperature.fahrenheit.getter
    def fahrenheit(self):
        return "hidden"


u = Limited(20)
print(u.celsius, u.fahrenheit, u.kelvin)
try:
    u.celsius = 5
except AttributeError as error:
    print(error)


class Raising:
    @property
    def bad(self):
        raise AttributeError("inner failure")

    def __getattr__(self, name):
        return f"fallback for {name}"


print(Raising().bad, Raising().other)
