"""Each kind of statement."""
from __future__ import annotations
import a.b as c, d
from .e import *
from f import g as h
x: int = 1
(y): str
x, *z = y = [1, *w]
x += 1; del x, y[0], z.a
type Alias[T: int = bool, *Ts, **P] = list[T]
@decorator(1)
def func(a, /, b: int = 1, *args, c, d=2, **kwargs) -> None:
    global x
    return
async def coroutine[T](*, only):
    async for i in only:
        await i
    else:
        pass
    async with a as b, c:
        return (yield)
class Class(Base, metaclass=Meta):
    def method(self):
        nonlocal_ = 1
        def inner():
            nonlocal nonlocal_
            return nonlocal_
if x:
    pass
elif y:
    raise
else:
    raise E from e
while True:
    break
else:
    continue
try:
    assert x, "message"
except (A, B) as error:
    pass
except:
    pass
else:
    pass
finally:
    pass
try:
    pass
except* A:
    pass
with (a as b, c as (d, e)):
    pass
number = 1  # type: int
ignored = 2  # type: ignore[name]
