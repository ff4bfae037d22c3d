from __future__ import annotations
x: int | None = 1
y: dict[str, list[int]] = {}

def f(a: 'quoted', *b: lambda x, *, y=1: x + y, c: -1 ** 2 = 3) -> (1, "two", b"three", 1.5e300):
    z: never

class C:
    attr: f"{x!r:>{y}}" = 1
