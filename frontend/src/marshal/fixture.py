
"""Docstring of the fixture."""
import os as système
from sys import path, argv

BIG = 123456789012345678901234567890
NEG = -(1 << 40)
TEXT = "caf\xe9 \u65e5\u672c \U0001f600 \ud800"
LONG = "x" * 10 + "not an identifier, so it is not interned"
DATA = b"\x00\xffbytes"
NUMBERS = (1.5, -0.0, 1e300, 2j, (1, (2, (3,))))

def f(a, b=1, /, c=2, *args, d, e=4, **kw):
    """f's docstring"""
    x = [i * a for i in range(10) if i in {1, 2, 3}]
    y = kw[1:2], BIG, ..., None, True, False

    def inner():
        nonlocal x
        x += 1
        return a, x, f

    try:
        with open(a) as g, open(b):
            return inner
    except* ValueError as err:
        raise RuntimeError from err
    finally:
        for z in y:
            if z: continue
            break

class C[T]:
    attr: int = 5

    async def m(self):
        async with self as t:
            await t
        async for u in self:
            yield u
        return

    def long_lines(self, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbb):
        return (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa +
                bbbb + (lambda q: q)(
                    self.attr))

SLICED = NUMBERS[1:3:2]
