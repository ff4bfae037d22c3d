# Lists: literals, indexing, mutation by index and slice.
a = [1, 2, 3, 4, 5]
a[0] = 10
a[-1] = 50
print(a, len(a), a[1], a[-2], a[1:3], a[::-1], a[::2])
a[1:3] = ["x"]
print(a)
a[1:1] = [7, 8, 9]
print(a)
a[::2] = [0] * len(a[::2])
print(a)
del a[0]
del a[1:3]
print(a)
a[:] = range(6)
del a[::2]
print(a, a + [1], a * 2, [] * 3, [0] * 3, 3 in a, 9 not in a)
b = a
b += [99]
a = a + [100]
print(a, b, a is b)
attempts = [
    lambda: a[50],
    lambda: a.__setitem__(50, 1),
    lambda: a["0"],
    lambda: a + (1,),
    lambda: a.__setitem__(slice(0, 4, 2), [1]),
    lambda: a.__delitem__(-50),
    lambda: hash(a),
    lambda: a * "x",
]
for attempt in attempts:
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
nested = [[0] * 2] * 2
nested[0][0] = 1
print(nested, [1, [2, [3, [4]]]], [1, 2] == [1, 2], [1, 2] < [1, 2, 3], [3] > [2, 9])
loop = [1]
loop.append(loop)
print(loop)
