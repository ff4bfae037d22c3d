def f(a, b, c):
    x = a
    y = x
    x = y; z = x
    a, b = b, a
    a, b, c = c, b, a
    return x, y, z
