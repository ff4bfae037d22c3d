def a():
    def b():
        def c(): return x
        return c
    return b
def decorated():
    @d
    def inner(): pass
    return inner
