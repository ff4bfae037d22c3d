# Blank lines, comments and dedents.
def f(a, *, b=1):  # trailing

    if a:
        return (a +
                b)  # inside

    # before the dedent
    return \
        b; pass
class Café: x: int = 0xFF_FF

async def g(): await x[1:2, ...] @ y ** -1 // 3 != 4 <= 5 -> 0
