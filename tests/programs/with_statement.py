# Context managers: order, suppression, several items, exceptions in __enter__ and __exit__.
class Manager:
    def __init__(self, name, suppress=False, fail=None):
        self.name, self.suppress, self.fail = name, suppress, fail

    def __enter__(self):
        print("enter", self.name)
        if self.fail == "enter":
            raise RuntimeError("enter failed")
        return f"value {self.name}"

    def __exit__(self, kind, value, traceback):
        print("exit", self.name, kind.__name__ if kind else None, value, traceback is not None)
        if self.fail == "exit":
            raise RuntimeError("exit failed")
        return self.suppress


with Manager("plain") as value:
    print(value)
with Manager("a") as a, Manager("b") as b:
    print(a, b)
with (
    Manager("c"),
    Manager("d") as (first, *rest),
):
    print(first, rest)
with Manager("suppress", suppress=True):
    raise ValueError("swallowed")
print("after")
for outer, inner in ((False, True), (True, False), (False, False)):
    try:
        with Manager("outer", outer), Manager("inner", inner):
            raise KeyError("k")
        print("suppressed")
    except KeyError as error:
        print("escaped", error)
for fail in ("enter", "exit"):
    try:
        with Manager("first"), Manager("failing", fail=fail):
            print("body")
            raise ValueError("from the body")
    except (RuntimeError, ValueError) as error:
        print(error, repr(error.__context__))


def returns():
    with Manager("returning"):
        return "result"


def loops():
    for i in range(5):
        with Manager(i):
            if i == 0:
                continue
            break
    return i


print(returns(), loops())


class NoExit:
    def __enter__(self):
        pass


for bad in (NoExit(), 5):
    try:
        with bad:
            pass
    except TypeError as error:
        print(error)


class Instance:
    pass


i = Instance()
i.__enter__ = lambda: print("not looked up on instances")
i.__exit__ = lambda *args: None
try:
    with i:
        pass
except TypeError as error:
    print(error)
