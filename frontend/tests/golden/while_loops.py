def f(x):
    while x:
        x -= 1
        if x == 3: continue
        if x == 2: break
    else:
        a()
    while not x and y or z: b()
    while (a < b < c): d()
