# Slices of lists in hot loops, and assignments of slices to slices.


def reverse_prefixes(items, times):
    flips = 0
    for _ in range(times):
        k = items[0]
        while k:
            items[: k + 1] = items[k::-1]
            flips += 1
            k = items[0]
        items.append(items.pop(1))
    return flips, items


def shifted(n):
    a = list(range(10))
    b = ["x", 1.5, None, (1,), 5]
    for i in range(n):
        j = i % 7
        a[j : j + 3] = a[j + 3 : j : -1]
        a[:j] = b[j::-1]
        b[j : j + 1] = a[1:2]
        a[-3:] = a[::-3]
        del a[12:]
        del b[6:]
        if len(a) < 6:
            a += range(8)
        if len(b) < 3:
            b += [i, str(i)]
    return a, b


def bounds(n):
    out = []
    items = list(range(6))
    for i in range(n):
        k = (i % 17) - 8
        out.append((items[k:], items[:k], items[k::-1], items[k::2], items[:k:-2]))
        big = 2**62 - 1 - (i % 2)
        items[:big] = items[-big:]
        items[: big + 1] = items[big::-1]
    return out[:4], items


class Dropped:
    count = 0

    def __del__(self):
        Dropped.count += 1


def objects(n):
    target = [Dropped() for _ in range(4)]
    source = [1, 2, 3, 4]
    for i in range(n):
        target[:2] = source[1::-1]
        target[1:3] = [Dropped(), Dropped()][::-1]
        k = i % 4
        target[: k + 1] = target[k::-1]
    return Dropped.count, [type(v).__name__ for v in target]


def errors(n):
    caught = 0
    items = [1, 2, 3]
    for i in range(n):
        step = -1 if i % 5 else 0
        try:
            items[:2] = items[1::step]
            items[::2] = items[:1]
        except ValueError as e:
            caught += 1
            message = str(e)
    return caught, message, items


def not_lists(values):
    out = []
    for v in values:
        k = 1
        try:
            v[: k + 1] = v[k::-1]
        except TypeError as e:
            out.append(str(e))
        else:
            out.append(v)
    return out


print(reverse_prefixes([3, 1, 4, 0, 2, 5, 6, 7], 300))
print(shifted(200))
print(bounds(200))
print(objects(200))
print(errors(200))
print(not_lists([[1, 2, 3]] * 60 + [(1, 2), "abc", bytearray(b"abc"), [5, 6, 7], None, [1]] * 20)[58:68])
