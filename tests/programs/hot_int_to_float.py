# The type of an accumulator changes in the middle of a hot loop.
def accumulate(values):
    total = 0
    for v in values:
        total += v
    return total


ints = list(range(2000))
print(accumulate(ints), accumulate(ints + [0.5]), accumulate([0.5] + ints), accumulate(ints + [0.25] * 8 + ints))
print(accumulate(ints + [True, False, True]), accumulate(ints + [2**70] + ints), accumulate(ints + [1.5, 2**70, 1]))


def switching(n):
    x = 1
    kinds = []
    for i in range(n):
        if i == n // 4:
            x = x * 1.0
        elif i == n // 2:
            x = str(x)
        elif i == 3 * n // 4:
            x = [x]
        x = x + x if i % (n // 8) == 0 else x
        if not kinds or kinds[-1] != type(x).__name__:
            kinds.append(type(x).__name__)
    return kinds, x


print(switching(4000))


def add(a, b):
    return a + b


results = []
for i in range(3000):
    if i < 1000:
        r = add(i, 1)
    elif i < 2000:
        r = add(i, 0.5)
    elif i < 2500:
        r = add("s", "t")
    else:
        r = add([i], [1])
    if i % 500 == 499:
        results.append(r)
print(results)
total = 0
for i in range(3000):
    total = add(total, 1 if i != 2990 else 0.5)
print(total)
try:
    for i in range(3000):
        total = add(i, 1 if i != 2500 else "x")
except TypeError as error:
    print(error, i)
