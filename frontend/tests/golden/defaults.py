def f(a, b=1, /, c=2, *args, d, e=3, **kw): pass
def g(*, a=x, b): pass
def h(a, /): pass
lambda a, b=1, *c, d=2, **e: (a, b, c, d, e)
