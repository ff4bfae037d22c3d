def f(x):
    class A:
        y = x
        x = 1
        z = [x for i in y if x]
        def g(self): return x
    class B:
        global x
        x = 2
        def g(self): return x
    class C:
        nonlocal x
        x = 3
