# inspect: --caches --offsets --positions
def f(x):
    try:
        return x.a[0] + len(x)
    except KeyError:
        pass
