# Rich comparison, reflection, NotImplemented, and hashing.
log = []


class V:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        log.append("eq")
        return self.n == other.n if isinstance(other, V) else NotImplemented

    def __lt__(self, other):
        log.append("lt")
        return self.n < other.n if isinstance(other, V) else NotImplemented

    def __le__(self, other):
        log.append("le")
        return self.n <= other.n if isinstance(other, V) else NotImplemented


a, b = V(1), V(2)
print(a < b, a > b, a <= b, a >= b, a == b, a != b, log)
log.clear()
print(a == 1, a != 1, 1 == a, a == None, log)
for attempt in (lambda: a < 1, lambda: 1 > a, lambda: a >= "x", lambda: hash(a), lambda: {a}):
    try:
        print(attempt())
    except TypeError as error:
        print(error)


class Odd:
    def __eq__(self, other):
        return "not a bool"

    def __lt__(self, other):
        return []

    def __bool__(self):
        raise ValueError("no truth")


o = Odd()
print(o == 1, o != 1, o < 1, 1 > o, 1 == o, not (o < 1), "yes" if o == 2 else "no")
try:
    if o:
        print("never")
except ValueError as error:
    print(error)
print([V(1), V(2)] == [V(1), V(2)], V(1) in [V(0), V(1)], [V(3), V(1)].index(V(1)), (V(1), 2) < (V(1), 3), [V(2), V(1)].count(V(2)))
print(sorted([V(3), V(1), V(2)])[0].n, max(V(1), V(4), V(2)).n, min([V(5), V(3)]).n)
nan = float("nan")
print([nan] == [nan], nan in [nan], (nan,) < (nan,), [float("nan")] == [float("nan")])


class Always:
    __hash__ = None

    def __eq__(self, other):
        return True


print(Always() == 5, 5 == Always(), Always() in [1], Always() != 1, [1, 2].index(Always()))
