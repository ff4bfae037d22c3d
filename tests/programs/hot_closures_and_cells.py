# Closures, cells and nonlocal names in hot loops.
def make_counter():
    count = 0

    def step(n=1):
        nonlocal count
        count += n
        return count

    return step


step = make_counter()
for i in range(3000):
    last = step()
print(last)
for i in range(2000):
    last = step(0.5 if i > 1000 else 1)
print(last)


def outer(n):
    total = 0
    items = []

    def add(x):
        nonlocal total
        total += x
        items.append(lambda: x + total)

    for i in range(n):
        add(i)
    return total, items[0](), items[-1]()


print(outer(2000))


def loop_variable(n):
    functions = []
    for i in range(n):
        functions.append(lambda: i)
        functions.append(lambda i=i: i)
    return sum(f() for f in functions)


print(loop_variable(500))


def compose(n):
    f = lambda x: x
    for i in range(n):
        f = (lambda g, i: lambda x: g(x) + i)(f, i)
    return f(0)


print(compose(100))


def curried(a):
    return lambda b: lambda c: a * b + c


total = 0
for i in range(2000):
    total += curried(i)(2)(3)
print(total)


def accumulate(function, values, start):
    for value in values:
        start = function(start, value)
    return start


print(accumulate(lambda a, b: a + b, range(3000), 0), accumulate(lambda a, b: a * b % 1000003, range(1, 2000), 1), accumulate(lambda a, b: b + a, "abc" * 5, ""))


def cell_changes_type():
    value = 0

    def set_value(v):
        nonlocal value
        value = v

    total = 0
    for i in range(3000):
        if i == 1000:
            set_value(0.5)
        elif i == 2000:
            set_value(2**65)
        elif i == 2500:
            set_value(True)
        total += value
    return total


print(cell_changes_type())
