# Inheritance, overriding, super and isinstance.
class Animal:
    sound = "..."

    def __init__(self, name):
        self.name = name

    def speak(self):
        return f"{self.name} says {self.sound}"

    def kind(self):
        return "animal"


class Dog(Animal):
    sound = "woof"

    def __init__(self, name, age):
        super().__init__(name)
        self.age = age

    def kind(self):
        return "dog, " + super().kind()


class Puppy(Dog):
    def speak(self):
        return super().speak().upper()

    def kind(self):
        return "puppy, " + super(Puppy, self).kind()


for animal in (Animal("Generic"), Dog("Rex", 5), Puppy("Bit", 1)):
    print(animal.speak(), "|", animal.kind(), "|", type(animal).__name__, isinstance(animal, Dog), sorted(vars(animal)))
print(issubclass(Puppy, Animal), issubclass(Animal, Dog), Puppy.__mro__, Puppy.__bases__, Animal.__subclasses__())
print(Dog.speak is Animal.speak, Puppy.speak is Animal.speak, super(Puppy, Puppy("x", 0)).speak())
Animal.speak = lambda self: "replaced for " + self.name
print(Dog("Rex", 5).speak(), Puppy("Bit", 1).speak())


class Base:
    def __new__(cls, *args):
        instance = super().__new__(cls)
        instance.made_by = cls.__name__
        return instance

    def __init_subclass__(cls, /, tag="none", **kwargs):
        super().__init_subclass__(**kwargs)
        cls.tag = tag


class Child(Base, tag="tagged"):
    def __init__(self, value):
        self.value = value


class Other(Base):
    pass


print(Child(3).made_by, Child(3).value, Child.tag, Other.tag, Other().made_by)
try:
    Dog("only a name")
except TypeError as error:
    print(error)
try:
    class Bad(1):
        pass
except TypeError as error:
    print(error)
