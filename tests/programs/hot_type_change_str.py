# Names that hold ints, then floats, then strings, then user objects, at the same place in a hot loop.
class Num:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return Num(self.n + getattr(other, "n", other))

    def __radd__(self, other):
        return Num(other + self.n)

    def __lt__(self, other):
        return self.n < getattr(other, "n", other)

    def __gt__(self, other):
        return self.n > getattr(other, "n", other)

    def __mul__(self, k):
        return Num(self.n * k)

    def __repr__(self):
        return f"Num({self.n})"


def combine(items):
    best, doubled = items[0], None
    for item in items:
        if best < item:
            best = item
        doubled = item * 2
        summed = item + item
    return best, doubled, summed


def make(kind, n):
    return [kind(i % 97) for i in range(n)]


for kind in (int, float, str, Num, int, bool, lambda i: (i, i), lambda i: [i]):
    print(combine(make(kind, 800)))
mixed = make(int, 500) + make(float, 500) + make(Num, 300)
print(combine(mixed))


def poly(x, n):
    seen = []
    for i in range(n):
        y = x * 3
        if i == 700:
            x = "ab"
        elif i == 900:
            x = [0]
        elif i == 1100:
            x = (1, 2)
        elif i == 1300:
            x = b"z"
        if not seen or seen[-1] != y:
            seen.append(y)
    return seen


print(poly(7, 1500))
