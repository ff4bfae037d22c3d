def f(x, y):
    a = [i for i in x]
    b = {i for i in x if i if not i}
    c = {i: j for i in x for j in i}
    d = [i for i in x for i in [i + 1] for k in (i,)]
    e = [[j for j in i] for i in x]
    i = [lambda: i for i in x]
    g = (i for i in x if y for j in i)
    return [(z := i) for i in x]
module_level = [i for i in x]
