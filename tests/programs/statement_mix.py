# del, assert, pass, augmented assignments, chained assignment, semicolons, type aliases, annotations.
a = b = [1]
a += [2]
a *= 2
print(a, b, a is b)
x = 10
x += 5; x -= 3; x *= 2; x //= 5; x **= 3; x %= 50; x <<= 2; x |= 3; x &= 0xFE; x ^= 0x0F; x >>= 1
print(x)
y = 7
y /= 2
y @= type("M", (), {"__rmatmul__": lambda self, other: other * 2})()
print(y)
d = {"k": [1, 2, 3], "n": {"m": 1}}
d["k"][1] += 10
d["n"]["m"] -= 5
del d["k"][0], d["n"]["m"]
print(d)
try:
    assert x > 0
    assert False, "message"
except AssertionError as error:
    print("assertion:", error)
try:
    assert []
except AssertionError as error:
    print("bare:", repr(error))
count: int = 5
undefined_only: str
print(count, "undefined_only" in globals())


class Annotated:
    field: int = 1
    other: str

    def method(self, a: int, b: "str" = "x") -> list[int]:
        local: undefined_type = 5
        return [local]


print(Annotated.__annotations__, Annotated().method(1), Annotated.method.__annotations__)
type Alias = list[int]
print(Alias.__name__, Alias.__value__)


def generic[T](value: T) -> T:
    return value


class Box[T]:
    def __init__(self, value: T):
        self.value = value


print(generic(3), Box(4).value, generic.__type_params__, Box.__type_params__, Box[int])
if True: print("one line")
for i in range(2): print(i, end=" "); print("same line")
while False: pass
def one(): return 1
print(one(), end="\n")
(p := [1, 2]).append(3)
print(p, p.__len__(), "a" if p else "b", ...)
del x, y
try:
    x
except NameError as error:
    print(error)
