"""Where a frame stands once an exception has left it."""


def where(f, *args):
    try:
        f(*args)
    except Exception as e:
        tb = e.__traceback__.tb_next
        found = []
        while tb:
            first = tb.tb_frame.f_code.co_firstlineno
            line = tb.tb_frame.f_lineno
            found.append((tb.tb_lineno - first, None if line is None else line - first))
            tb = tb.tb_next
        print(f.__name__, found)


def empty_finally():
    try:
        1 / 0
    finally:
        pass


def used_finally():
    try:
        1 / 0
    finally:
        x = 1
        y = 2


def other_except():
    try:
        1 / 0
    except TypeError:
        pass


def named_except():
    try:
        1 / 0
    except ZeroDivisionError as problem:
        raise


def nested():
    try:
        try:
            empty_finally()
        finally:
            pass
    finally:
        x = 3


class Manager:
    def __enter__(self):
        pass

    def __exit__(self, *_):
        pass


def in_with():
    with Manager():
        1 / 0


def in_loop():
    for i in range(100):
        try:
            if i > 90:
                1 / 0
        finally:
            pass


def groups():
    try:
        raise ExceptionGroup("two", [ValueError(1), TypeError(2)])
    except* ValueError:
        pass


def generator():
    def numbers():
        try:
            yield 1
            1 / 0
        finally:
            pass

    list(numbers())


for f in empty_finally, used_finally, other_except, named_except, nested, in_with, in_loop, groups, generator:
    where(f)
