def f(a, b, c):
    x = a and b or c
    y = not (a or b) and not c
    if a and (b or not c): return 1
    if not a or b and c: return 2
    while a or b: c()
    return a if b else c
