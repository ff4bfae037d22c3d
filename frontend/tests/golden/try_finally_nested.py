def f():
    try:
        try:
            a()
        finally:
            b()
    except E:
        c()
    else:
        d()
    finally:
        try: e()
        except: g()
