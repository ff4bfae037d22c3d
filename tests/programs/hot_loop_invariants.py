# What looks invariant in a loop and is not.
class Config:
    def __init__(self):
        self.threshold = 5
        self.items = [1, 2, 3]


config = Config()


def read_through_call(n):
    def touch(i):
        if i == n // 2:
            config.threshold = 50
            config.items = [10]

    total = 0
    for i in range(n):
        touch(i)
        total += config.threshold + len(config.items)
    return total


print(read_through_call(3000))
limit = [10]


def bound_changes():
    i = 0
    while i < limit[0]:
        i += 1
        if i == 9 and limit[0] < 2000:
            limit[0] = 2000
    return i


print(bound_changes())
n = 10
for i in range(n):
    n = 100
print(i, n)
items = [1, 2, 3]
for x in items:
    items = [9]
print(x, items)


class Weird:
    calls = 0

    def __bool__(self):
        Weird.calls += 1
        return Weird.calls < 2000

    def __len__(self):
        raise RuntimeError("never asked")


w = Weird()
while w:
    pass
print(Weird.calls)


class Length:
    def __init__(self):
        self.n = 0

    def __len__(self):
        self.n += 1
        return self.n


length = Length()
total = 0
for i in range(2000):
    total += len(length)
print(total, length.n)


class Flip:
    def __init__(self):
        self.state = 0

    @property
    def value(self):
        self.state = 1 - self.state
        return self.state

    def __getitem__(self, i):
        self.state += 1
        return self.state

    def __iter__(self):
        return self

    def __next__(self):
        self.state += 1
        if self.state > 1500:
            raise StopIteration
        return self.state


f = Flip()
print(sum(f.value for _ in range(1001)), sum(f[0] for _ in range(100)), sum(f))
a = b = [0] * 3
for i in range(3000):
    a[i % 3] += 1
    if a[0] != b[0]:
        print("aliases differ")
    if i == 1500:
        b = a
print(a, b, a is b)
x = 1
for i in range(2500):
    y = x
    x = x + 1 if i % 2 else x
    if y > x:
        print("impossible")
print(x, y)
