with a: pass
with a as b, c as (d, e): f()
with (a as b, c): f()
def g():
    with a as b:
        for i in b:
            if i: break
            else: continue
    with x: return
