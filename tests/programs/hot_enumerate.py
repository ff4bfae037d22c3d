# Loops over enumerate, whose pairs compiled code does not make.


class Box:
    def __init__(self):
        self.v = 0


class Dying:
    def __init__(self, box):
        self.box = box

    def __del__(self):
        self.box.v += 1000


def dies_with_the_list(n):
    box = Box()
    total = 0
    for i in range(n):
        box.v = i
        t = box.v
        for k, item in enumerate([Dying(box), Dying(box)]):
            t += k
            item = None
        total += box.v - t
    return total


def dies_in_the_loop(n):
    box = Box()
    total = 0
    items = [Dying(box) for _ in range(n)]
    for k, item in enumerate(items):
        box.v = k
        items[k] = None
        item = None
        total = total * 3 % 1000003 + box.v
    return total, box.v


def weights(numbers):
    total = 0
    for k, number in enumerate(numbers):
        total += 1.0 / (k * (k + 1) // 2 + 1) * number
    return total


def mixed(n):
    out = []
    for k, x in enumerate([1, 2, 3] * n, 2**62 - 5):
        if k & 3:
            out.append(k + x)
    pairs = enumerate(out)
    for k, x in pairs:
        if k == 4:
            break
    seen = [next(pairs), next(pairs)]
    for pair in pairs:
        if pair[0] > 20:
            break
    for k, x in enumerate(out):
        out[k] = x + 1
        if k == 7:
            out.extend([1, 2])
    for k, x in enumerate((1, 2.5, "s", None) * n):
        out.append((k, x))
    try:
        for k, x in pairs:
            k.missing
    except AttributeError as e:
        seen.append(str(e))
    return len(out), out[-3:], seen


class Swapped(enumerate):
    def __next__(self):
        number, item = super().__next__()
        return item, number


FOUR = [1, 2, 3, 4]
KINDS = [
    lambda: enumerate(FOUR),
    lambda: Swapped(FOUR),
    lambda: enumerate((5, 6)),
    lambda: enumerate(range(4), 3),
    lambda: [(1, 2)],
    lambda: enumerate(iter(FOUR), -3),
]


def kinds(n):
    total = 0
    for i in range(n):
        for k, x in KINDS[i % len(KINDS)]():
            total += k * 3 + x
    return total


def exhausted_twice(n):
    numbers = [1, 2, 3]
    counts = []
    for _ in range(n):
        pairs = enumerate(numbers)
        for k, x in pairs:
            pass
        numbers.append(4)
        for k, x in pairs:
            counts.append(k)
        numbers.pop()
    return counts


for _ in range(3):
    print(dies_with_the_list(30), dies_in_the_loop(30), mixed(10))
    print(kinds(60), exhausted_twice(20))
    print(weights([0.5] * 50), weights([1] * 50), weights((1.5, 2, 3.25) * 20))
