# Slices of lists and tuples, read and written from hot sites: every kind of bounds, a source that is the list itself, items
# that die while they are replaced, and sites whose operands change.
def reads(n):
    items = list(range(10))
    t = tuple(items)
    out = []
    for i in range(n):
        k = i % 14 - 7
        out = [items[:], items[k:], items[:k], items[k:5], items[2:k], items[k::-1], items[::k or 1], items[5:k:-2],
               t[:], t[k:], t[:k], t[k:5], t[k::-1], t[:] is t, t[0:] is t]
    return out


for n in (20, 31, 40, 47):
    print(reads(n))


def writes(n):
    log = []
    for i in range(n):
        items = list(range(8))
        k = i % 20 - 10
        items[:k] = [1]
        items[k:] = (2, 3)
        items[1:2] = items
        items[:3] = items[2::-1]
        items[2:2] = "ab"
        items[k:1] = []
        items[0:0] = {5: 6}
        log.append(items)
    return log


for row in writes(40)[20:]:
    print(row)


def flips(p):
    p = p[:]
    n = 0
    k = p[0]
    while k:
        p[: k + 1] = p[k::-1]
        n += 1
        k = p[0]
    return n


print([flips([(i * k + k) % 7 for i in range(7)]) for k in range(1, 7)])


class Dies:
    def __init__(self, log, name, items):
        self.log, self.name, self.items = log, name, items

    def __del__(self):
        self.log.append((self.name, len(self.items)))


def dying(n):
    log = []
    for i in range(n):
        items = []
        items.extend(Dies(log, k, items) for k in range(4))
        items[:2] = [None, None]
        items[1:] = []
        del log[:-3]
    return log


print(dying(30))


class Index:
    def __init__(self, log):
        self.log = log

    def __index__(self):
        self.log.append("index")
        return 1


class MyList(list):
    def __getitem__(self, key):
        return "item", key

    def __setitem__(self, key, value):
        print("set", key, value)


def changing(operands):
    log = []
    out = []
    for o, bound in operands:
        try:
            out.append(o[bound:3])
            o[bound:3] = [0]
        except (TypeError, KeyError, ValueError) as e:
            out.append(str(e))
    return out[-12:], log


log = []
plain = [([1, 2, 3, 4], 1)] * 30
print(changing(plain + [((1, 2, 3, 4), 1), ("abcd", 1), (MyList([1, 2]), 1), ([1, 2, 3], Index(log)), ([1, 2, 3], True),
                        ([1, 2], None), ([1, 2], 1.5), ({}, 1), (bytearray(b"abcd"), 1), (None, 1), ([1, 2], 10**30)]))
print(log)


def wrong(n):
    for i in range(n):
        items = [1, 2, 3]
        items[1:] = 3 if i == n - 1 else [i]


try:
    wrong(30)
except TypeError as e:
    print(e)
