# Reading, assigning and deleting slices, plain and extended.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

base = list(range(10))
points = [None, -100, -10, -3, 0, 4, 9, 10, 100]
steps = [None, 1, 2, 3, 7, -1, -2, -5, 100, -100]
total = 0
for start in points:
    for stop in points:
        for step in steps:
            got = base[start:stop:step]
            total += sum((i + 1) * v for i, v in enumerate(got)) + len(got)
            copy = base[:]
            del copy[start:stop:step]
            assert sorted(copy + got) == base
            total += sum((i + 1) * v for i, v in enumerate(copy))
print("checksum", total)

def assign(key, value):
    copy = list(range(6))
    copy[key] = value
    return copy

show("replace", lambda: assign(slice(1, 3), "abc"))
show("shorter", lambda: assign(slice(1, 5), [9]))
show("insert", lambda: assign(slice(2, 2), (7, 8)))
show("crossed", lambda: assign(slice(4, 2), (7, 8)))
show("append", lambda: assign(slice(100, None), {1: 2}))
show("front", lambda: assign(slice(None, 0), range(3)))
show("all", lambda: assign(slice(None), iter("xyz")))
show("every other", lambda: assign(slice(None, None, 2), "abc"))
show("backwards", lambda: assign(slice(None, None, -1), "abcdef"))
show("wrong size", lambda: assign(slice(None, None, 2), "abcd"))
show("wrong size empty", lambda: assign(slice(0, 0, 2), "a"))
show("zero step", lambda: assign(slice(None, None, 0), "a"))
show("not iterable", lambda: assign(slice(0, 1), 5))
show("not iterable extended", lambda: assign(slice(0, 2, 2), 5))
show("bad bound", lambda: assign(slice("a", 1), []))

a = [1, 2, 3, 4]
a[1:3] = a
print(a)
a[::2] = a[1::2]
print(a)
a[:] = (x * 2 for x in a)
print(a)

class I:
    def __init__(self, n):
        self.n = n
    def __index__(self):
        return self.n

b = list(range(10))
print(b[I(2):I(8):I(3)], b[I(-1)], b[True], b[:True])
b[I(0)] = "first"
del b[I(-1)]
print(b)
print(b[-(2**70):2**70], b[2**70:], b[::2**70], b[::-(2**70)])

class Shrinks:
    """An index that empties the list while it is being looked up."""
    def __init__(self, victim):
        self.victim = victim
    def __index__(self):
        self.victim.clear()
        return 3

c = list(range(8))
print(c[Shrinks(c):], c)
c = list(range(8))
c[Shrinks(c):6] = [1, 2]
print(c)
c = list(range(8))
show("index after clear", lambda: c[Shrinks(c)])

d = [1, 2, 3]
d *= 3
print(d, d * 0, d * -1, 2 * d[:2], [[]] * 2)
d *= 0
print(d)
e = [0]
e += e
e += e
e.extend(e)
e += (1, 2)
e += "ab"
print(e)
show("iadd", lambda: e.__iadd__(3))
show("add", lambda: e + (1,))
show("repeat", lambda: e * 1.5)
