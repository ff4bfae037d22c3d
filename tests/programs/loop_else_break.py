# Loops with break, continue and else, nested and with exceptions.
def find(needle, rows):
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value == needle:
                break
        else:
            continue
        return i, j
    else:
        return None


print(find(5, [[1, 2], [3, 5]]), find(9, [[1], [2]]), find(1, [[], [1]]))
n = 0
while n < 10:
    n += 1
    if n % 2:
        continue
    if n > 6:
        break
    print(n, end=" ")
else:
    print("not reached")
print("| stopped at", n)
while n > 0:
    n -= 3
else:
    print("loop ended with", n)
for x in []:
    pass
else:
    print("empty loop runs else")
primes = []
for candidate in range(2, 60):
    for p in primes:
        if candidate % p == 0:
            break
    else:
        primes.append(candidate)
print(primes)
for i in range(3):
    for j in range(3):
        if j == 2:
            break
        if i == 1:
            continue
        print((i, j), end=" ")
    else:
        print("never")
print(i, j)
while True:
    try:
        n += 1
        if n == 2:
            break
        continue
    finally:
        print("finally", n)
print("x" if n else "y", [k for k in range(20) if k % 2 if k % 3 == 0])
i = 10
for i in range(i):
    if i > 3:
        break
print(i)
total = 0
while (total := total + 7) % 5:
    pass
print(total)
