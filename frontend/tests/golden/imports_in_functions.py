def f():
    import a.b
    import a.b as c
    from x import y, z as w
    a.b.c()
    c.d()
    y()
