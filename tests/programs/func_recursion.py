# Recursive functions of several shapes.
def factorial(n):
    return 1 if n <= 1 else n * factorial(n - 1)


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def hanoi(n, a, b, c):
    return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)


def permutations(items):
    if not items:
        return [[]]
    return [[x] + rest for i, x in enumerate(items) for rest in permutations(items[:i] + items[i + 1 :])]


def flatten(x):
    if isinstance(x, list):
        return [leaf for item in x for leaf in flatten(item)]
    return [x]


def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)


print(factorial(20), factorial(50), [fib(i) for i in range(15)], fib(20), ackermann(2, 3))
print(even(100), odd(77), hanoi(10, "a", "b", "c"), permutations([1, 2, 3]), flatten([1, [2, [3, [4]], 5]]))
print(gcd(48, 18), gcd(2**90, 6**40) == 2**40, (lambda f: f(f, 10))(lambda f, n: 1 if n == 0 else n * f(f, n - 1)))


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


print(depth(900), sum(map(depth, range(30))))
