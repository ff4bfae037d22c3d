a = [1, 2, 3]
b = {1, 2, 3}
c = [1, 2]
d = [x, *y, z]
e = {*x, 1}
f = (*x, 1)
g = {"a": 1, **x, "b": 2}
h = {}, [], (), {**a}
if x in [1, 2, 3]: pass
if x in {1, 2, 2.0, 2}: pass
for i in [1, 2, 3]: pass
for i in [x, y]: pass
