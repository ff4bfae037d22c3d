# Metaclasses in small doses.
class Meta(type):
    def __new__(mcls, name, bases, namespace, **kwargs):
        namespace["created_by"] = "Meta"
        cls = super().__new__(mcls, name, bases, namespace)
        cls.options = kwargs
        return cls

    def __init__(cls, name, bases, namespace, **kwargs):
        super().__init__(name, bases, namespace)
        cls.count = 0

    def __call__(cls, *args, **kwargs):
        cls.count += 1
        return super().__call__(*args, **kwargs)

    def __repr__(cls):
        return f"<meta {cls.__name__}>"

    def __len__(cls):
        return cls.count

    def __getitem__(cls, item):
        return f"{cls.__name__}[{item}]"

    @property
    def upper(cls):
        return cls.__name__.upper()

    def __contains__(cls, item):
        return item == cls.count


class A(metaclass=Meta, option=1):
    def __init__(self, x=0):
        self.x = x


class B(A):
    pass


A(), A(5), B()
print(A, B, A.created_by, A.options, B.options, len(A), len(B), A["x"], B.upper, 2 in A, type(A).__name__, isinstance(A, Meta))
try:
    A().upper
except AttributeError as error:
    print(error)
Dynamic = type("Dynamic", (A,), {"value": 42, "method": lambda self: self.value})
print(Dynamic, Dynamic().method(), Dynamic.__mro__, type("Simple", (), {})().__class__.__name__)


class Singleton(type):
    instances = {}

    def __call__(cls, *args):
        if cls not in cls.instances:
            cls.instances[cls] = super().__call__(*args)
        return cls.instances[cls]


class Config(metaclass=Singleton):
    def __init__(self, value):
        self.value = value


print(Config(1) is Config(2), Config(3).value)


class Ordered(type):
    @classmethod
    def __prepare__(mcls, name, bases):
        return {"prepared": True}


class C(metaclass=Ordered):
    b = 1
    a = 2


print([k for k in C.__dict__ if not k.startswith("__")])
try:
    class Conflict(A, metaclass=Singleton):
        pass
except TypeError as error:
    print(error)
