# The singletons and identity.
print(None, repr(None), str(Ellipsis), ..., NotImplemented, type(None).__name__, type(...).__name__)
print(None is None, None == None, None != 0, None is not False, bool(None), not None, bool(...))


def nothing():
    pass


print(nothing() is None, [None] * 2, (None,), {None: 1}[None])
none = nothing()
attempts = [
    lambda: none + 1,
    lambda: none.x,
    lambda: none[0],
    lambda: none(),
    lambda: none < none,
    lambda: len(none),
    lambda: iter(none),
    lambda: -none,
]
for attempt in attempts:
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__ + ":", error)
try:
    bool(NotImplemented)
except TypeError as error:
    print(error)
x = y = None
print(x is y, x == y, id(x) == id(None))
