# Changing a list while iterating over it.
a = [1, 2, 3, 4, 5, 6]
for x in a:
    if x % 2 == 0:
        a.remove(x)
print(a)
b = [1, 2, 3]
for x in b:
    if len(b) < 8:
        b.append(x * 10)
print(b)
c = list(range(10))
for i in range(len(c) - 1, -1, -1):
    if c[i] % 3 == 0:
        del c[i]
print(c)
d = [5, 4, 3]
it = iter(d)
print(next(it), next(it))
d.clear()
print(list(it), next(it, "done"))
d.append(1)
print(next(it, "still done"))
e = [1, 2, 3, 4]
print([e.pop() for _ in e], e)
f = [0, 1, 2]
for i, f[i] in enumerate("abc"):
    pass
print(f)
g = [3, 2, 1]
for g[0] in g:
    print(g[0], end=" ")
print(g)
r = reversed(h := [1, 2, 3, 4])
print(next(r), h.pop(), h.pop(), list(r))
