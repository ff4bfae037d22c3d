# Nested loops of several depths, with bounds that change.
def triangle(n):
    total = 0
    for i in range(n):
        for j in range(i):
            for k in range(j, i):
                total += i * j - k
    return total


print([triangle(n) for n in (0, 1, 2, 5, 10, 30)])


def matmul(a, b):
    return [[sum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))]


def matmul_loops(a, b):
    n, m, p = len(a), len(b), len(b[0])
    out = [[0] * p for _ in range(n)]
    for i in range(n):
        row = out[i]
        for k in range(m):
            aik = a[i][k]
            for j in range(p):
                row[j] += aik * b[k][j]
    return out


a = [[i + j for j in range(12)] for i in range(12)]
b = [[i * j % 5 for j in range(12)] for i in range(12)]
print(matmul(a, b) == matmul_loops(a, b), matmul_loops(a, b)[3], matmul_loops([[1.5, 2]], [[2], [4]]))


def pythagorean(n):
    found = []
    for x in range(1, n):
        for y in range(x, n):
            z2 = x * x + y * y
            z = int(z2**0.5)
            if z >= n:
                break
            if z * z == z2:
                found.append((x, y, z))
    return found


print(pythagorean(40))
count = 0
i = 0
while i < 60:
    j = i
    while j > 0:
        j -= 2
        if j % 7 == 3:
            continue
        k = 0
        while k < 3:
            k += 1
            count += 1
            if count % 97 == 0:
                break
    i += 1
print(count, i, j, k)


def lcs(x, y):
    table = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i, c in enumerate(x):
        for j, d in enumerate(y):
            table[i + 1][j + 1] = table[i][j] + 1 if c == d else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


print(lcs("the quick brown fox jumps over" * 2, "lazy dogs quietly vexed the boxer" * 2))
out = []
for i in range(4):
    for j in range(4):
        if j > i:
            break
        for k in range(4):
            if (i + j + k) % 3 == 0:
                continue
            out.append(i * 16 + j * 4 + k)
        else:
            out.append(-1)
    else:
        out.append("full")
print(out)
