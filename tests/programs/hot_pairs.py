# A load followed by the instruction that uses its value: every operator, operands that change, errors in the second
# instruction, jumps to it, and arguments that need a prefix.
def outcome(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def add(a, b):
    return a + b


def subtract(a, b):
    return a - b


def multiply(a, b):
    return a * b


def subscript(a, b):
    return a[b]


def less(a, b):
    return a < b


def in_place(a, b):
    a += b
    a *= b
    a -= b
    return a


def right_only(a, b):
    return (a, a)[0] + b, (a, a)[1] - b, -a * b


def small(a):
    return a + 1, a - 2, a + 300


def small_index(a):
    return a[0], a[1]


def small_compare(a):
    if a < 3:
        return "less"
    if a == 7:
        return "seven"
    return "other"


def truth(a):
    if a:
        return "true"
    return "false"


def choose(c, a, b):
    return (a if c else b) + (b if c else a)


class P:
    def __init__(self, v):
        self.v = v

    def m(self):
        return self.v


class Q:
    v = "class"

    def m(self):
        return "q"

    def __add__(self, other):
        return "q+"

    def __lt__(self, other):
        return []

    def __bool__(self):
        return False


def attribute(o):
    return o.v, o.m()


def chosen_attribute(c, a, b):
    return (a if c else b).v


plain = [(1, 2), (3, 0), (-5, 7)] * 8
odd = [(1.5, 2.5), (1, 2.5), (2.5, 1), (2**62 - 1, 1), (2**62, 2**62), (True, 2), ("a", 2), ("a", "b"), ([1, 2], 1), ([1, 2], -1),
       ([1, 2], 2), ((1, 2), 0), ((1, 2), -3), ({1: 2}, 1), ("abc", 1), (None, 1), (1, None), (Q(), 1), (1e308, 1e308), (-0.0, 0.0)]
for f in (add, subtract, multiply, less, in_place, right_only):
    for a, b in plain:
        outcome(f, a, b)
    print(f.__name__, [outcome(f, a, b) for a, b in odd + plain[:3]])
    for a, b in [(1.5, 2.0)] * 60:
        outcome(f, a, b)
    print([outcome(f, a, b) for a, b in odd[:6] + plain[:3]])
for seed in ([1, 2], (1, 2), "ab", {0: 3, 1: 4}):
    for _ in range(60):
        subscript(seed, 1), small_index(seed)
    print([outcome(subscript, a, b) for a, b in odd], outcome(small_index, [1]), outcome(small_index, 5))
for seed in (1, 2.5, 10):
    for _ in range(60):
        small(seed), small_compare(seed), truth(seed)
    print([outcome(small, a) for a, _ in odd])
    print([outcome(small_compare, a) for a in (1, 2, 3, 7, 2.5, 7.0, Q(), "a", 2**70)])
    print([truth(a) for a in (0, 1, 0.0, None, True, False, [], [0], "", "a", Q(), P(0))])
for o in (P(1), Q()):
    for _ in range(60):
        attribute(o)
    print([outcome(attribute, x) for x in (P(2), Q(), P, 3)])
for i in range(60):
    last = choose(i % 3, 1, 2), choose(i % 2, "a", "b"), chosen_attribute(i % 2, P(i), Q())
print(last)


def names(n):
    return "".join(f"    v{i} = {i}\n" for i in range(n))


# Locals and attribute names beyond 255 take a prefix before the load, before the second instruction, or both.
source = "def wide(x, o):\n" + names(300) + """
    total = 0
    for i in range(40):
        total = total + v290 + v3 * v291 - v299 + x
        total += o.far + o.m()
        if v298 < total:
            total -= v298
    return total
"""
namespace = {}
exec(source, namespace)
far = P(3)
far.far = 4
print(namespace["wide"](1, far), outcome(namespace["wide"], 1.5, far), outcome(namespace["wide"], 1, P(1)))


def wide_jump(a, b, n):
    count = 0
    while a < n:
        a = a + b
        count += (a if a < 5 else b) - 1
    return a, count


print(wide_jump(0, 1, 50), wide_jump(0.5, 1, 50), outcome(wide_jump, 0, "a", 5), outcome(wide_jump, 0, None, 5))


def where(a, b):
    return a.v + b


for bad in (P("x"), 3, P(1)):
    try:
        print(where(bad, 2))
    except Exception as e:
        print(type(e).__name__, e, e.__traceback__.tb_next.tb_lineno - where.__code__.co_firstlineno)
print(where.__code__.co_code == where.__code__.replace().co_code)
