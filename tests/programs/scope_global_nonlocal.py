# Global, nonlocal and local names.
x = "global"


def reads():
    return x


def shadows():
    x = "local"
    return x


def writes():
    global x, created
    x = "written"
    created = "made by a function"


def nested():
    x = "enclosing"

    def inner():
        nonlocal x
        x = "changed"

        def innermost():
            global x
            return x

        return innermost()

    return inner(), x


def unbound():
    try:
        print(x)
    except UnboundLocalError as error:
        print(error)
    x = 1


print(reads(), shadows(), x)
writes()
print(x, created, nested(), reads())
unbound()


def deletes():
    y = 1
    del y
    try:
        y
    except UnboundLocalError as error:
        print(error)


deletes()


def conditional(flag):
    if flag:
        z = 1
    try:
        return z
    except UnboundLocalError:
        return "unbound"


print(conditional(True), conditional(False))
del created
try:
    created
except NameError as error:
    print(error)


class Scope:
    x = "class"

    def method(self):
        return x

    def through_self(self):
        return self.x

    y = x + "!"


print(Scope().method(), Scope().through_self(), Scope.y)
for leaked in range(3):
    inside = leaked
print(leaked, inside, "leaked" in globals(), sorted(k for k in locals() if k.startswith("lea")))


def local_names(a, b=2):
    c = 3
    return sorted(locals().items())


print(local_names(1))
len = lambda _: "shadowed"
print(len([1]))
del len
print(len([1]))
