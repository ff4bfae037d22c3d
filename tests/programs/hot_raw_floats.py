# Floats in hot loops: where they are boxed, who sees them, and what remains of their identity.
import sys


def identity(values):
    same = 0
    for v in values:
        x = v * 1e300 * 1e10
        y = x
        z = x
        if x is y and y is z:
            same += 1
        kept = [x]
        if kept[0] is x and x in kept:
            same += 1
    return same


def nan_in_list(n):
    found = 0
    nan = float("nan")
    items = [nan]
    for i in range(n):
        x = items[0]
        if x in items:
            found += 1
        y = x * 2.0
        if y in items:
            found += 1000
    return found


def looked_at(n):
    total = 0.5
    seen = []
    for i in range(n):
        total = total + i * 0.25
        if i % 10 == 9:
            seen.append(sys._getframe().f_locals["total"])
    return total, seen[-3:]


class Noisy:
    log = []

    def __init__(self, n):
        self.n = n

    def __del__(self):
        frame = sys._getframe(1)
        Noisy.log.append((self.n, frame.f_locals.get("total")))


def finalisers(n):
    total = 0.0
    thing = None
    for i in range(n):
        total += 0.5
        thing = Noisy(i)
    return total


def swaps(n):
    a, b, c = 0.0, 1.0, 1e-200
    for i in range(n):
        a, b = b, a + b * 0.5
        c *= 0.125
        a, b, c = a, b, c
    return a, b, c


def errors(n):
    total = 1.0
    caught = 0
    for i in range(n):
        try:
            total = total * 1.5
            total / (i % 7 - 3.0)
            total ** (-0.5)
            if i % 11 == 10:
                total = 0.0 ** -1.0
        except ZeroDivisionError as e:
            caught += 1
            total = total / 3.0 + 1.0
        except OverflowError:
            total = -1.0
    return total, caught


def powers(n):
    out = []
    for i in range(n):
        x = (i - n / 2) * 0.75
        y = x ** 2
        z = x ** 2.0
        w = abs(x) ** 0.5
        out.append((y, z, w))
    t = 10.0
    try:
        for i in range(n):
            t = t ** 2
    except OverflowError as e:
        out.append(e.args)
    v = 0.5
    for i in range(n):
        v = v ** 3 + 1.0 if i % 50 else abs(v) ** -2.5
        if abs(v) > 1e9:
            v = -0.5
    out.append(v)
    s = 0
    for i in range(n):
        s = (i - 40.0) ** 0.5
    out.append(s)
    complex_root = (-8.0) ** (1 / 3)
    out.append(round(complex_root.real, 9))
    return out[:3] + out[n // 2 : n // 2 + 2] + out[n:]


def unpacked(pairs):
    sums = [0.0, 0.0, 0]
    for (a, b), [c, d, e] in pairs:
        sums[0] += a * c
        sums[1] -= b * d
        sums[2] = e
    return sums


def mixed(n):
    s = 0
    for i in range(n):
        s = s + i / 2
        if i == 150:
            s = 10**30
        if i == 170:
            s = 3
    return s


def items(n):
    v = [0.0, 1, 2.5, True, 1e300]
    for i in range(n):
        v[0] -= 0.125
        v[1] = v[1] + 0.5
        v[2] *= 1.0078125
        v[3] += i
        v[4] = v[4] * 1.5 if v[4] < 1e307 else 1e300
    return v


def call(x, y):
    z = x * y
    return z + 0.5


def calls(n):
    total = 0.0
    for i in range(n):
        total += call(i * 0.5, total * 0.001)
    return total


def raising(x):
    if x > 40.0:
        raise ValueError(x)
    return x * 0.5


def calls_that_raise(n):
    total = 0.0
    caught = []
    for i in range(n):
        y = total * 0.25
        try:
            total += raising(i * 1.0) + y
        except ValueError as e:
            caught.append(e.args[0])
            total = y
    return round(total, 9), len(caught), caught[:2]


def comprehension(n):
    out = []
    for i in range(n):
        x = i * 0.5
        try:
            out.append(sum([1.0 / (x - k) for k in (0.25, i - 40 and 1e9)], x))
        except ZeroDivisionError:
            out.append(x)
    return round(sum(out), 6)


print(identity([1.5, 2.5] * 100))
print(nan_in_list(200))
print(looked_at(300))
print(finalisers(200), len(Noisy.log), Noisy.log[-3:], Noisy.log[100])
print(swaps(200))
print(errors(300))
for line in powers(200):
    print(line)
print(unpacked([((1.5, 2.5), [0.5, 0.25, i]) for i in range(200)]))
print(unpacked([((1.5, 2), [0.5, -0.0, "x"]), ((1e300, 2.5), [1e300, 1e-300, None])] * 100))
print(mixed(200))
print(items(300))
print(calls(300))
print(calls_that_raise(200))
print(comprehension(200))
