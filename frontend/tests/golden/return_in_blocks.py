def f(x):
    with x as y:
        return y
def g(x):
    try:
        return x
    except E as e:
        return e
    finally:
        z()
def h():
    for i in x:
        with i:
            try:
                return 1
            finally:
                a()
def constant():
    try: return 1
    finally: pass
