# Positional, keyword, default, positional-only, keyword-only and variadic parameters.
def plain(a, b=2, c=3):
    return a, b, c


def posonly(a, b=2, /, c=3):
    return a, b, c


def kwonly(a, *, b, c=3):
    return a, b, c


def everything(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    return a, b, c, args, d, e, kwargs


print(plain(1), plain(1, 9), plain(c=1, a=2), plain(1, c=5), plain(*[1, 2], **{"c": 4}))
print(posonly(1), posonly(1, 2, c=9), kwonly(1, b=2), kwonly(a=0, c=1, b=2))
print(everything(1, d=4), everything(1, 2, 3, 4, 5, d=6, x=7, a=8), everything(*"abcd", **{"d": 1, "b": 2}))
attempts = [
    lambda: plain(),
    lambda: plain(1, 2, 3, 4),
    lambda: plain(1, a=2),
    lambda: plain(1, x=2),
    lambda: plain(b=1),
    lambda: posonly(a=1),
    lambda: posonly(1, b=2),
    lambda: kwonly(1),
    lambda: kwonly(1, 2),
    lambda: kwonly(1, 2, b=3),
    lambda: everything(),
    lambda: everything(1),
    lambda: (lambda: 0)(1),
    lambda: (lambda a, b, c, d: 0)(),
    lambda: (lambda *, a, b: 0)(),
    lambda: len(),
    lambda: len(1, 2),
]
for attempt in attempts:
    try:
        print(attempt())
    except TypeError as error:
        print(error)
