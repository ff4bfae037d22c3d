x: int = 1
y: "str"
(z): float = 2
obj.attr: int
obj[1:2]: int = 3
if x:
    w: list[int]

def f(a: int, /, b: str = "", *args: bytes, c: float = 1.0, **kw: complex) -> None:
    local: int = 1
    other: undefined

def variadic(*args: *Ts): ...

class C:
    a: int
    if x:
        b: str = ""
    __private: int
