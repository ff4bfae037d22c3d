def f(x):
    del x
    print(x)
    if y:
        z = 1
    print(z)
    try:
        w = 1
    except E as e:
        print(e, w)
    print(e)
