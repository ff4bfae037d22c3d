# Values that live in registers at the moment when an assumption breaks must come back right.
def many_locals(values):
    a, b, c, d, e = 1, 2.5, 3, "s", (0,)
    for i, v in enumerate(values):
        a = a + i
        b = b * 0.999 + c
        c = a - i
        f = v + 1
        if i % 1000 == 0:
            d = d + "x"
        e = (i, a)
    return a, round(b, 6), c, d, e, f


print(many_locals([1] * 1500), many_locals([1] * 1400 + [0.5] * 3), many_locals([2**70]))
try:
    many_locals([1] * 1400 + ["text"])
except TypeError as error:
    print(error)


def state_at_error(values):
    count, total, last, product = 0, 0, None, 1.0
    try:
        for v in values:
            count += 1
            last = v
            total += v * 2
            product = product * 1.001
            total -= 1
    except TypeError:
        return count, total, last, round(product, 6), "error"
    return count, total, last, round(product, 6), "fine"


print(state_at_error([1] * 2000), state_at_error([1] * 1999 + [None]), state_at_error([1.5] * 1999 + [None]), state_at_error([2**62] * 1500 + [None]))


def swap_loop(n):
    a, b, c = 1, 2.0, "c"
    for i in range(n):
        a, b, c = b, c, a
        if i == n - 2:
            a = [a]
    return a, b, c


print(swap_loop(1000), swap_loop(1001), swap_loop(1002))


def boxed_and_unboxed(n):
    x = 0.0
    kept = []
    for i in range(n):
        x = x + 0.5
        y = x * 2
        if i % 400 == 399:
            kept.append(x)
            kept.append(y)
    return kept, x is kept[-1], x == kept[-2] + 0.5 * (n % 400)


print(boxed_and_unboxed(1600))


def inlined(n):
    def inner(p, q):
        r = p * 2
        s = q + 1
        return helper(r, s)

    def helper(u, v):
        w = u + v
        if w > limit:
            raise OverflowError(u, v, w)
        return w

    limit = n * 2
    total = 0
    for i in range(n):
        total += inner(i, 1)
        if i == n - 10:
            limit = 0
    return total


try:
    inlined(1500)
except OverflowError as error:
    print(error.args)


def overflow_at_end(n):
    x, y, z = 2**62 - n, -(2**62) + n, 1
    for i in range(n + 5):
        x += 1
        y -= 1
        z = z * 3 % 1000003
    return x, y, z


print(overflow_at_end(1000), overflow_at_end(3000))


def iterator_changes(first, second):
    out = []
    for source in [first] * 600 + [second] * 3:
        total = 0
        for v in source:
            total += v
        out.append(total)
    return out[0], out[-1], len(out)


print(iterator_changes([1, 2, 3], (1, 2)), iterator_changes(range(4), [0.5]), iterator_changes((1,), {5: "k"}), iterator_changes([1], iter([7])))
