def f(x):
    while x:
        try:
            a()
        except E:
            continue
        except F as e:
            break
        else:
            pass
    for i in x:
        try: b()
        except (A, B): pass
