def f(x):
    a, b, c = x
    (a, [b, c]), d = x
    a, = x
    [] = x
    *a, = x
    a, b = 1, 2
    a, b, c, d = w, x, y, z
