# Determinants, inverses and linear systems, over integers, floats and a class of fractions.
def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


class Fraction:
    __slots__ = ("n", "d")

    def __init__(self, n, d=1):
        if d == 0:
            raise ZeroDivisionError(f"Fraction({n}, 0)")
        g = gcd(abs(n), abs(d)) or 1
        if d < 0:
            g = -g
        self.n, self.d = n // g, d // g

    @staticmethod
    def of(x):
        return x if isinstance(x, Fraction) else Fraction(x)

    def __add__(self, other):
        other = Fraction.of(other)
        return Fraction(self.n * other.d + other.n * self.d, self.d * other.d)

    __radd__ = __add__

    def __neg__(self):
        return Fraction(-self.n, self.d)

    def __sub__(self, other):
        return self + -Fraction.of(other)

    def __rsub__(self, other):
        return Fraction.of(other) - self

    def __mul__(self, other):
        other = Fraction.of(other)
        return Fraction(self.n * other.n, self.d * other.d)

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = Fraction.of(other)
        return Fraction(self.n * other.d, self.d * other.n)

    def __eq__(self, other):
        other = Fraction.of(other)
        return self.n == other.n and self.d == other.d

    def __bool__(self):
        return self.n != 0

    def __repr__(self):
        return str(self.n) if self.d == 1 else f"{self.n}/{self.d}"


def solve(matrix, vector, convert):
    n = len(matrix)
    rows = [[convert(x) for x in row] + [convert(b)] for row, b in zip(matrix, vector)]
    for i in range(n):
        pivot = next((r for r in range(i, n) if rows[r][i]), None)
        if pivot is None:
            raise ValueError("singular")
        rows[i], rows[pivot] = rows[pivot], rows[i]
        scale = rows[i][i]
        rows[i] = [x / scale for x in rows[i]]
        for r in range(n):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i])]
    return [row[-1] for row in rows]


def determinant(m):
    if len(m) == 1:
        return m[0][0]
    return sum((-1) ** j * m[0][j] * determinant([row[:j] + row[j + 1 :] for row in m[1:]]) for j in range(len(m)))


m = [[2, 1, -1], [-3, -1, 2], [-2, 1, 2]]
print(solve(m, [8, -11, -3], Fraction), [round(x, 6) for x in solve(m, [8, -11, -3], float)], determinant(m))
hilbert = [[Fraction(1, i + j + 1) for j in range(6)] for i in range(6)]
print(solve(hilbert, [1] * 6, Fraction.of), determinant(hilbert))
print(determinant([[(i * j + i + j) % 7 for j in range(6)] for i in range(6)]), determinant([[1.5, 2], [3, 4]]))
for bad in (([[1, 2], [2, 4]], [1, 2]), ([[0]], [1])):
    try:
        print(solve(*bad, Fraction))
    except (ValueError, ZeroDivisionError) as error:
        print(error)
print(sum((Fraction(1, n) for n in range(1, 60)), Fraction(0)), Fraction(6, -4), 1 - Fraction(1, 3), 2 * Fraction(3, 4) == Fraction(3, 2))
