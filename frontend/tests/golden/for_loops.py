for i in x:
    a()
else:
    b()
for i, (j, *k) in x: pass
for x.y in z: continue
for x[0] in y:
    if a: break
