# Private names, class bodies with control flow, nested classes.
class Account:
    __secret = "hidden"

    def __init__(self, balance):
        self.__balance = balance
        self.__class_private__ = "not mangled"

    def __check(self):
        return self.__balance > 0

    def ok(self):
        return self.__check(), self.__secret

    class __Inner:
        value = 1

    def inner(self):
        return self.__Inner.value


class Savings(Account):
    def __init__(self, balance):
        super().__init__(balance)
        self.__balance = "mine"


a = Account(5)
print(a.ok(), a._Account__balance, a._Account__secret, sorted(vars(a)), a.inner())
print(sorted(vars(Savings(1))), Savings(1).ok())
try:
    a.__balance
except AttributeError as error:
    print(error)


class Body:
    names = []
    for i in range(3):
        names.append(i)
        if i == 1:
            def chosen(self):
                return "defined in a loop"
    while i < 10:
        i += 4
    try:
        1 / 0
    except ZeroDivisionError:
        handled = True
    with_default = lambda self, n=names: n

    class Nested:
        level = 2

        class Deeper:
            level = 3

    def method(self):
        return self.Nested.Deeper.level


b = Body()
print(b.names, b.i, b.chosen(), b.handled, b.with_default(), b.method(), Body.Nested.Deeper.__qualname__, Body.method.__qualname__)


def make(n):
    class Local:
        value = n

        def get(self):
            return n, self.value

    return Local


print(make(1)().get(), make(2)().get(), make(1) is make(1), make(3).__qualname__, make.__qualname__)
