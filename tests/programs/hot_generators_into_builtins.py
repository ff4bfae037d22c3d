# Builtins that take everything from a generator: what they make, what Python sees of it, and how errors come through.
import sys


def numbers(n):
    for i in range(n):
        if i == 5:
            raise ValueError(i)
        yield i


def collected(n):
    total = 0
    for k in range(n):
        s = set(i * i % 7 for i in range(8))
        values = list(i for i in range(k % 5))
        ordered = sorted(-i for i in range(4))
        total += len(s) + sum(values) + ordered[0] + len(set(values)) + len(list("ab"))
    return total


def failing(n):
    caught = []
    for k in range(n):
        try:
            caught.append(len(set(i + 1 for i in numbers(k % 7))))
        except ValueError as e:
            names = []
            tb = e.__traceback__
            while tb:
                names.append(tb.tb_frame.f_code.co_name)
                tb = tb.tb_next
            caught.append(names)
    return caught[:7], len(caught), caught[-1]


def callers():
    yield sys._getframe(1).f_code.co_name
    yield sys._getframe(0).f_back.f_code.co_name


def seen(n):
    for k in range(n):
        result = sorted(callers())
    return result


class Made:
    def __init__(self):
        self.by = sys._getframe(1).f_code.co_name


def make(n):
    for k in range(n):
        made = Made()
    return made.by


def unhashable(n):
    for k in range(n):
        try:
            set([i] if k % 3 == 0 else i for i in range(3))
        except TypeError as e:
            message = str(e)
    return message


def replaced(n):
    out = []
    for k in range(n):
        if k == n - 3:
            globals()["set"] = tuple
        out.append(type(set(i for i in range(2))).__name__)
    del globals()["set"]
    return out[-5:]


def itself(n):
    for k in range(n):
        try:
            g = (list(g) for i in range(2))
            list(g)
        except ValueError as e:
            message = str(e)
    return message


print(collected(300))
print(failing(60))
print(seen(60))
print(make(60))
print(unhashable(60))
print(replaced(60))
print(itself(60))
