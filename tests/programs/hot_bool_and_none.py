# Truth tests, None checks and identity in hot loops.
def truthy(values):
    count = 0
    for v in values:
        if v:
            count += 1
        if not v:
            count += 100
    return count


class Falsy:
    def __bool__(self):
        return False


class Sized:
    def __len__(self):
        return 0


groups = [[1, 0, 2], [1.5, 0.0, -0.0], ["a", "", "b"], [[], [0]], [None, True, False], [(), (1,)], [{}, {1: 1}], [Falsy(), Sized(), object()],
          [2**70, -(2**70)], [b"", b"x"], [range(0), range(1)], [set(), {1}], [truthy, truthy.__name__]]
print([truthy(group * 200) for group in groups])


def find(items, default=None):
    best = None
    for item in items:
        if item is None:
            continue
        if best is None or item > best:
            best = item
    return best if best is not None else default


print(find([None] * 500 + [3, None, 7] * 300), find([None] * 1000), find([], "empty"), find([0.5, None] * 500 + [2**65]))


def logic(n):
    a = b = c = 0
    for i in range(n):
        a += i > 5 and i % 2 == 0 and i < n - 5
        b += (i % 3 == 0 or i % 5 == 0) and not i % 7 == 0
        c += (i and 1) + (0 or i % 2) + (not i)
    return a, b, c


print(logic(3000))
flags = [False] * 100
for i in range(3000):
    flags[i * i % 100] = not flags[i % 100]
print(sum(flags), flags.count(True), flags.index(True))
state, transitions = None, 0
for i in range(3000):
    new = "even" if i % 2 == 0 else "odd" if i % 3 == 0 else None
    if new is not state:
        transitions += 1
        state = new
print(transitions, state)


def compare_kinds(values):
    t = f = 0
    for x in values:
        if x == 1:
            t += 1
        if x != 1:
            f += 1
        if x is True:
            t += 1000
    return t, f


print(compare_kinds([1, 1.0, True, "1", None, [1], 2**65] * 200))
x = None
for i in range(2000):
    x = (x or 0) + 1 if i != 1500 else None
print(x, [i for i in range(2000) if (i % 500 or None) is None])
