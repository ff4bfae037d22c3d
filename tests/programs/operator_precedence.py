# Precedence, associativity and the order of evaluation.
print(2 + 3 * 4, (2 + 3) * 4, 2**3**2, -(2**2), -2 ** 2, 10 - 4 - 3, 100 / 10 / 2, 7 // 2 * 2, 7 % 4 * 3, 2 * 3 % 4)
print(1 + 2 << 3, 1 << 2 + 3, 6 & 3 | 8, 6 & (3 | 8), 5 ^ 3 & 1, ~5 & 7, not 1 == 2, not (1 == 2), 1 < 2 == True, (1 < 2) == True)
print(1 or 0 and 0, (1 or 0) and 0, not 0 or 1, 1 if 0 else 2 if 0 else 3, (lambda: 1 if True else 2)(), 3 - -3, 2 ** -1, -1 ** 2)
print([1, 2][0] + 1, "a" + "b" * 2, "a" "b" * 2, 1, *[2, 3], (4,) + (5,) * 2, {1: 2}[1] ** 2, 5 in [5] == True)
log = []


def e(x, value=None):
    log.append(x)
    return x if value is None else value


e(1) + e(2) * e(3)
print(log)
log.clear()
e("f", lambda *a, **k: None)(e("a"), *e("b", []), k=e("c"), **e("d", {}))
print(log)
log.clear()
d = {}
e("d", d)[e("key")] = e("value")
print(log)
log.clear()
x, y = [0], [0]
e("x", x)[e("i", 0)], e("y", y)[e("j", 0)] = e("right", (1, 2))
print(log, x, y)
log.clear()
e("left", [5])[e("index", 0)] += e("right", 1)
print(log)
log.clear()
e(0) or e(1) and e(2) or e(3)
print(log)
log.clear()
e(1) < e(5) < e(3) < e(9)
print(log)
log.clear()
e("then") if e("condition") else e("else")
print(log)
log.clear()
[e(("element", i)) for i in e("source", [1, 2]) if e(("if", i))]
print(log)
log.clear()
(e("t1"), e("t2"), *e("t3", ()), e("t4"))
assert e("assert"), e("never")
print(log)
log.clear()


@e("decorator", lambda f: f)
def f(a=e("default"), *, b=e("kwdefault")) -> e("annotation is not evaluated"):
    pass


print(log)
