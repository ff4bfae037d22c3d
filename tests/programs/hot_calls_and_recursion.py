# Functions calling functions, hot and deep.
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(21), fib(2.0), fib(True))


def tak(x, y, z):
    return z if y >= x else tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


print(tak(12, 8, 4))


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


print(sum(down(500) for _ in range(20)))


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


print([even(n) for n in (100, 101, 400)])


def add(a, b=1, *rest, scale=1, **named):
    return (a + b + sum(rest) + len(named)) * scale


total = 0
for i in range(2000):
    total += add(i) + add(i, 2) + add(i, 2, 3, 4) + add(i, scale=2) + add(b=i, a=1) + add(i, x=1, y=2)
print(total)


def count_nodes(tree):
    if tree is None:
        return 0
    left, right = tree
    return count_nodes(left) + 1 + count_nodes(right)


def build(depth):
    return None if depth == 0 else (build(depth - 1), build(depth - 1))


print(count_nodes(build(11)))


def queens(n, row=0, columns=0, left=0, right=0):
    if row == n:
        return 1
    count = 0
    for column in range(n):
        bit = 1 << column
        if not (columns & bit or left & bit or right & bit):
            count += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return count


print([queens(n) for n in range(1, 7)])


def hanoi(n, source, target, spare, moves):
    if n:
        hanoi(n - 1, source, spare, target, moves)
        moves.append((source, target))
        hanoi(n - 1, spare, target, source, moves)
    return moves


print(len(hanoi(9, "a", "b", "c", [])), hanoi(3, "a", "b", "c", []))


def mutual(n, f=None):
    f = f or mutual
    return n if n <= 0 else f(n - 3, lambda m, g: mutual(m - 1, g) + 1)


print(mutual(200))
