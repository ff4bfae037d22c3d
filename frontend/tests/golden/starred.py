a = *b, c
print(*a, *b)
x[*y]
def f(): return *a, b
def g(): yield *a, b
for i in *a, b: pass
