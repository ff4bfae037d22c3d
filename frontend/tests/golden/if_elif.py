if a:
    1 + x
elif b:
    2 + x
elif c: pass
else:
    3 + x
if 1: t()
if 0: never()
while True:
    if x: break
while 0: never()
while 1: pass
