# Subclasses of builtin types keep the builtin's behaviour.
class MyInt(int):
    def __new__(cls, value, note=""):
        self = super().__new__(cls, value)
        self.note = note
        return self

    def __add__(self, other):
        return MyInt(int(self) + int(other), "sum")


class MyStr(str):
    def shout(self):
        return self.upper() + "!"


class MyList(list):
    def __getitem__(self, index):
        return f"item {super().__getitem__(index)}"

    @property
    def last(self):
        return list.__getitem__(self, -1)


class MyDict(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key.lower(), value)


class MyTuple(tuple):
    def __new__(cls, *items):
        return super().__new__(cls, items)


class MyFloat(float):
    pass


i = MyInt(5, "five")
print(i, i + 1, (i + 1).note, type(i + 1).__name__, type(i * 2).__name__, i == 5, {5: "x"}[i], [10, 20, 30, 40, 50, 60][i], i.note, isinstance(i, int))
s = MyStr("abc")
print(s, s.shout(), type(s + "d").__name__, s == "abc", {"abc": 1}[s], s[1:], len(s), type(s.upper()).__name__, "".join([s, s]))
l = MyList([1, 2, 3])
l.append(4)
print(l, l[0], l.last, len(l), list(l), l + [5], type(l + [5]).__name__, l == [1, 2, 3, 4], [*l], sum(l))
d = MyDict(A=1)
d["B"] = 2
d.update(C=3)
print(d, d["b"], "B" in d, isinstance(d, dict), {**d}, len(d))
t = MyTuple(1, 2)
a, b = t
print(t, t[0], a + b, t == (1, 2), hash(t) == hash((1, 2)), type(t[:1]).__name__, t + (3,))
f = MyFloat(2.5)
f.extra = "attribute"
print(f, f + 1, f.extra, type(f * 2).__name__, repr(f), f == 2.5, round(f))


class MyException(ValueError):
    def __init__(self, code, *args):
        super().__init__(*args)
        self.code = code

    def __str__(self):
        return f"code {self.code}: {super().__str__()}"


try:
    raise MyException(7, "failed")
except ValueError as error:
    print(error, repr(error), error.args, error.code)
for bad in (bool, type(None), range, slice):
    try:
        type("Bad", (bad,), {})
    except TypeError as error:
        print(error)
