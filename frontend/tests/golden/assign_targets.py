a = b = c = 1
a, b = b, a
(a, b), c = x
[a, *b] = x
a, *b, c = x
x.y = x[0] = x[1:2] = x[1:2:3] = 5
del a, x.y, x[0], x[1:], (b, c)
