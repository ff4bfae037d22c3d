# While loops with several exits.
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


print([collatz(n) for n in range(1, 20)], max((collatz(n), n) for n in range(1, 500)), collatz(2**70 - 1))


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


print(sum(gcd(a, b) for a in range(60) for b in range(60)), gcd(2**200 * 9, 6**50) == 2**50 * 9)


def is_prime(n):
    if n < 2:
        return False
    i = 2
    while i * i <= n:
        if n % i == 0:
            return False
        i += 1
    return True


print([n for n in range(100) if is_prime(n)], sum(map(is_prime, range(3000))))


def binary_search(a, x):
    low, high = 0, len(a)
    while low < high:
        middle = (low + high) // 2
        if a[middle] < x:
            low = middle + 1
        elif a[middle] > x:
            high = middle
        else:
            return middle
    return -1 - low


a = list(range(0, 1000, 3))
print(sum(binary_search(a, x) for x in range(1000)), binary_search(a, 333), binary_search(a, 334))


def digits(n, base=10):
    total = count = 0
    while True:
        n, d = divmod(n, base)
        total += d
        count += 1
        if not n:
            return total, count


print([digits(n) for n in (0, 5, 12345, 2**100)], digits(2**64, 2), digits(10**30, 7))


def power(base, exponent, modulus):
    result = 1
    while exponent > 0:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


print(all(power(3, e, 1000003) == pow(3, e, 1000003) for e in range(300)), power(7, 10**30, 10**9 + 9))
x, n = 10, 0
while x:
    x -= 1
    while True:
        n += x
        if n % 3:
            break
        n += 7 - x
else:
    n = -n
print(x, n)
