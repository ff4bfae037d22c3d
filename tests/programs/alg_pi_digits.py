# Digits of pi and e by integer arithmetic on long numbers.
def pi_digits(count):
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    out = []
    while len(out) < count:
        if 4 * q + r - t < n * t:
            out.append(str(n))
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, k, n, l = q * k, (2 * q + r) * l, t * l, k + 1, (q * (7 * k + 2) + r * l) // (t * l), l + 2
    return "".join(out)


def machin(digits):
    unity = 10 ** (digits + 10)

    def arctan_inverse(x):
        total = term = unity // x
        n, sign = 3, -1
        square = x * x
        while term:
            term //= square
            total += sign * (term // n)
            sign = -sign
            n += 2
        return total

    return str((4 * (4 * arctan_inverse(5) - arctan_inverse(239))) // 10**10)


def e_digits(digits):
    unity = 10 ** (digits + 10)
    total = term = unity
    n = 1
    while term:
        term //= n
        total += term
        n += 1
    return str(total // 10**10)


def isqrt(n):
    x = 1 << (n.bit_length() + 1) // 2
    while True:
        y = (x + n // x) >> 1
        if y >= x:
            return x
        x = y


a, b = pi_digits(200), machin(400)
print(a)
print(b[:200] == a, b[-20:], len(b))
print(e_digits(100))
root = isqrt(2 * 10**400)
print(str(root)[:60], root * root <= 2 * 10**400 < (root + 1) ** 2)
print(sum(map(int, a)), [a.count(d) for d in "0123456789"])
