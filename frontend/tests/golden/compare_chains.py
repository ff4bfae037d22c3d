def f(a, b, c, d):
    x = a < b <= c != d
    if a < b < c: return 1
    while not a == b == c: return 2
    return a is None, a is not None, a in b, a not in b, not a in b, not a is b
