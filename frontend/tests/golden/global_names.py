x = 1
def f():
    global x, y
    x = y
    del y
    def g():
        return x
def h():
    def f(): pass
    global f2
    def f2():
        def inner(): pass
    class C: pass
