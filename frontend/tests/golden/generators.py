def g(x):
    y = yield
    z = yield y
    w = yield from x
    try:
        yield 1
    finally:
        yield 2
    return w
lambda: (yield)
