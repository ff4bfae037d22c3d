# Hot loops at module level, where names are globals.
total = 0
for i in range(5000):
    total += i * 2 % 7
print(total, i)
x = 0
while x < 4000:
    x += 3
    if x % 1000 < 3:
        y = x
print(x, y)
numbers = []
for i in range(2000):
    numbers.append(i * i)
    z = numbers[-1] - numbers[i // 2]
print(len(numbers), z, sum(numbers))
a, b = 0, 1
for _ in range(1500):
    a, b = b, (a + b) % 1000007
print(a, b)
table = {}
for i in range(3000):
    key = i % 17
    if key in table:
        table[key] += i
    else:
        table[key] = i
print(table)
text = ""
for i in range(500):
    text = text + "ab"[i % 2]
    if len(text) > 100:
        text = text[50:]
print(text)
f = 1.0
for i in range(1, 2000):
    f = f + 1.0 / i if i % 2 else f - 1.0 / i
    if i == 1000:
        del table
        table = f
print(f, table)
for i in range(3):
    for j in range(1000):
        total ^= i * j
    globals()["total"] += 1
print(total)
n = 10
while n:
    n -= 1
    for k in range(300):
        if k * n > 1000:
            break
    else:
        print("all of", n)
print(k, n)


class Loop:
    values = []
    for q in range(1500):
        values.append(q if q % 2 else -q)
    total = 0
    for v in values:
        total += v


print(Loop.total, Loop.q, len(Loop.values))
