# Indexing and iterating over containers whose type changes from call to call.
def total(container):
    result = 0
    for x in container:
        result += x
    return result


def index_sum(container, n):
    result = 0
    for i in range(n):
        result += container[i]
    return result


containers = [[1, 2, 3], (4, 5, 6), range(7, 10), {10: 0, 11: 0, 12: 0}, {13}, bytes([1, 2, 3]), bytearray([4, 5, 6]),
              (x for x in (1, 2)), iter([3]), {1: 5, 2: 6}.values(), map(int, "789"), frozenset([1]), [0.5, 1.5]]
results = []
for container in containers:
    for _ in range(150):
        last = total(container)
    results.append(last)
print(results)
indexable = [[1, 2, 3], (4, 5, 6), range(7, 10), bytes([1, 2, 3]), bytearray([4, 5, 6]), {0: 1.5, 1: 2.5, 2: 3.5}, [True, 2.5, 2**66]]
results = []
for container in indexable * 2:
    for _ in range(150):
        last = index_sum(container, 3)
    results.append(last)
print(results)


class Custom:
    def __getitem__(self, i):
        if i >= 4:
            raise IndexError(i)
        return i * 10

    def __len__(self):
        return 4


print([total(Custom()) for _ in range(300)][-1], [index_sum(Custom(), 4) for _ in range(300)][-1])
try:
    for k in range(500):
        index_sum([1, 2] if k == 450 else [1, 2, 3], 3)
except IndexError as error:
    print(k, error)
data = {"list": [0, 1], "tuple": (2, 3), "str": "ab", "dict": {0: "z", -1: "y"}}
seen = []
for i in range(2000):
    c = data[("list", "tuple", "str", "dict")[i % 4]]
    item = c[0], c[-1]
    if i >= 1996:
        seen.append(item)
print(seen)
nested = [[[i + j + k for k in range(4)] for j in range(4)] for i in range(4)]
s = 0
for _ in range(30):
    for plane in nested:
        for row in plane:
            for cell in row:
                s += cell
    nested[0][0] = (1.5, 2)
print(s)
pairs = [(i, str(i)) for i in range(1000)]
s = 0
for i, text in pairs:
    s += i + len(text)
for i, (a, b) in enumerate(pairs):
    s -= a if i % 2 else 0
print(s, sum(a * b for a, b in zip(range(100), range(100, 200))), sum(len(v) + k for k, v in dict(pairs).items()))
