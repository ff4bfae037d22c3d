# Float arithmetic in loops, with special values on the way.
def integrate(n):
    h = 1.0 / n
    total = 0.0
    for i in range(n):
        x = (i + 0.5) * h
        total += 4.0 / (1.0 + x * x)
    return total * h


print(integrate(10), integrate(1000), integrate(20000))


def newton(x):
    guess = x / 2
    for _ in range(40):
        guess = (guess + x / guess) / 2
    return guess


print([newton(x) for x in (2.0, 10.0, 1e10, 1e-10)])


def overflow():
    x, steps = 1.5, 0
    while x < float("inf"):
        x *= x if x < 1e100 else 1e10
        steps += 1
    y = x - x
    return x, steps, y, y == y


print(overflow())


def underflow():
    x, n = 1.0, 0
    while x > 0:
        x /= 2
        n += 1
    return x, n, -x, 1 / float("-inf")


print(underflow())


def mandelbrot(size):
    rows = []
    for y in range(size):
        row = ""
        for x in range(size * 2):
            cr, ci = x / size - 1.5, y * 2 / size - 1
            zr = zi = 0.0
            for n in range(30):
                zr, zi = zr * zr - zi * zi + cr, 2 * zr * zi + ci
                if zr * zr + zi * zi > 4:
                    break
            row += " .:-=+*#%@"[n // 3]
        rows.append(row)
    return "\n".join(rows)


print(mandelbrot(16))
total = 0.0
for i in range(5000):
    total += 0.1 if i % 3 else -0.05
print(total, round(total, 6))
x = 0
for i in range(3000):
    x = x + 1 if i < 2000 else x + 0.5
print(x, type(x).__name__)
