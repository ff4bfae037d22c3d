def f(x):
    a = all(i for i in x)
    b = any(i > 1 for i in x if i)
    c = tuple(i for i in x)
    d = list(i for i in x)
    return sum(i for i in x)
