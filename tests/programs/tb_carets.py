# exit: 1
# Where the carets point, for many kinds of expressions; each traceback is printed by the hook.
import sys


def show(function):
    try:
        function()
    except Exception:
        sys.excepthook(*sys.exc_info())


data = {"a": {"b": [1, 2, None]}}
none = None


def subscript():
    return data["a"]["b"][7]


def binary():
    return 1 + data["a"] * 2 - 3


def call():
    return len(data, 2) + abs(1)


def attribute():
    return data["a"]["b"][2].attribute.other


def method():
    return (1).bit_length().upper()


def long_line():
    return [value + 1 for value in data["a"]["b"] if isinstance(value, type(None)) or value is not None]


def multi_line():
    return (
        1
        + none
        + 3
    )


def arguments():
    return max(
        1,
        none < 2,
        3,
    )


def comparison():
    return 1 < 2 < none < 4


def unpack():
    a, b = 1, 2, 3
    return a


def store():
    none[0] = 1


def augmented():
    x = 1
    x += "a"


def delete():
    del data["zzz"]


def asserts():
    assert data == {}, "data is not empty"


def raises():
    raise ValueError("a plain raise")


def name():
    return undefined_name + 1


def unicode():
    return "é" + "日本" + none


for function in (subscript, binary, call, attribute, method, long_line, multi_line, arguments, comparison, unpack, store, augmented, delete, asserts, raises, name, unicode):
    show(function)
print("all shown")
none()
