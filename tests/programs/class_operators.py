# Binary operators with their reflected and in-place forms.
class Number:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return f"N({self.n})"

    def __add__(self, other):
        if isinstance(other, Number):
            return Number(self.n + other.n)
        if isinstance(other, int):
            return Number(self.n + other)
        return NotImplemented

    def __radd__(self, other):
        return Number(other + self.n) if isinstance(other, int) else NotImplemented

    def __sub__(self, other):
        return Number(self.n - getattr(other, "n", other))

    def __rsub__(self, other):
        return f"{other} - {self!r} reflected"

    def __iadd__(self, other):
        self.n += other if isinstance(other, int) else other.n
        return self

    def __mul__(self, other):
        return f"{self!r} * {other!r}"

    def __rmul__(self, other):
        return f"{other!r} * {self!r} reflected"

    def __matmul__(self, other):
        return "matmul"

    def __truediv__(self, other):
        return "truediv"

    def __floordiv__(self, other):
        return "floordiv"

    def __mod__(self, other):
        return "mod"

    def __pow__(self, other, modulo=None):
        return f"pow {modulo}"

    def __rpow__(self, other):
        return "rpow"

    def __lshift__(self, other):
        return "lshift"

    def __rand__(self, other):
        return "rand"

    def __or__(self, other):
        return "or"

    def __xor__(self, other):
        return "xor"

    def __invert__(self):
        return "invert"

    def __pos__(self):
        return "pos"

    def __divmod__(self, other):
        return "divmod"

    def __ipow__(self, other):
        return "ipow"


a, b = Number(5), Number(3)
print(a + b, a + 1, 1 + a, a - b, 10 - a, a * 2, 2 * a, "s" * a, a @ b, a / b, a // b, a % b, a**b, 2**a, pow(a, b, 7))
print(a << b, 1 & a, a | b, a ^ b, ~a, +a, divmod(a, b), sum([a, b]), sum([a, b], Number(0)))
alias = a
a += 10
print(a, alias is a)
a -= 1
print(a, alias is a, alias)
b **= 2
print(b)
attempts = [lambda: alias + "x", lambda: "x" + alias, lambda: alias + None, lambda: alias & 1, lambda: 1 << alias, lambda: -alias, lambda: 1 @ alias, lambda: alias.__add__(1.5)]
for attempt in attempts:
    try:
        print(attempt())
    except TypeError as error:
        print(error)


class Sub(Number):
    def __radd__(self, other):
        return "the subclass goes first"

    def __rsub__(self, other):
        return "here too"


print(Number(1) + Sub(2), Number(1) - Sub(2), Sub(2) + Number(1), Sub(1) + Sub(2))
