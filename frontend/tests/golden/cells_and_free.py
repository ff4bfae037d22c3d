def outer(a, b):
    c = 1
    def inner(d):
        nonlocal c
        c += a
        def innermost():
            return a, c, d
        return innermost
    del b
    return inner, lambda: b

def params(self, *, key):
    return [lambda: key for self in x]
