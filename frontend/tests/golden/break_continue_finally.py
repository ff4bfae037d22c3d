def f(x):
    for i in x:
        try:
            if i: continue
            break
        finally:
            g()
    while x:
        with x:
            if x: break
            continue
    for i in x:
        for j in i:
            return j
