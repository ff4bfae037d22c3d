# Subclasses of the number types: construction, attributes, what operators return, overriding.
class Celsius(int):
    scale = "C"

    def __new__(cls, value, note=""):
        self = super().__new__(cls, value)
        self.note = note
        return self

    def __repr__(self):
        return f"Celsius({int(self)})"

    def __add__(self, other):
        return Celsius(int(self) + int(other), "sum")


t = Celsius(21, "room")
print(t, repr(t), str(t), t.note, t.scale, t == 21, hash(t) == hash(21), t + 1, (t + 1).note, type(t - 1).__name__, t.__dict__)
print([0, 1, 2][Celsius(1)], range(Celsius(3)), {21: "found"}[t], "ab" * Celsius(2), t > 20, 20 < t, t in [21], -t, type(-t).__name__)
big = Celsius(2**100, "hot")
print(big, big == 2**100, big * 2 == 2**101, big.note, type(big.real).__name__, big.bit_length(), f"{big:x}", f"{t:5d}|", "%d" % t)
print(Celsius.from_bytes(b"\x15"), type(Celsius.from_bytes(b"\x15")).__name__, t.to_bytes(2), isinstance(t, int), issubclass(Celsius, int))
print(int(t), type(int(t)).__name__, int(big) == 2**100, round(t, -1), divmod(t, 4), t**2, pow(t, 2, 10), t & 1, t << 2, t / 2, t // 2)
print(bool(Celsius(0)), not Celsius(0), t and "yes", float(t), complex(t), abs(Celsius(-3)), t.numerator, t.denominator, Celsius(5) is Celsius(5))


class Flag(int):
    __slots__ = ()


print(Flag(3), Flag("12", 3), repr(Flag(7)), Flag(), type(Flag(3) | Flag(4)).__name__)
try:
    Flag(3).x = 1
except AttributeError as error:
    print(error)
try:
    class Slotted(int):
        __slots__ = ("x",)
except TypeError as error:
    print(error)
try:
    class Truth(bool):
        pass
except TypeError as error:
    print(error)


class Metres(float):
    def __str__(self):
        return f"{float(self)} m"

    def __mul__(self, other):
        return Metres(float(self) * other)

    __rmul__ = __mul__


m = Metres(2.5)
m.unit = "m"
print(m, repr(m), m.unit, m * 2, 2 * m, type(2 * m).__name__, m + 1, type(m + 1).__name__, m == 2.5, hash(m) == hash(2.5), m > 2, f"{m:.3f}")
print(Metres("1e3"), Metres(), Metres.fromhex("0x1p3"), Metres.from_number(7), m.is_integer(), m.as_integer_ratio(), int(m), round(m), -m, abs(Metres(-1)))
print(Metres(float("nan")) == Metres(float("nan")), Metres("inf"), sorted([Metres(3), 1.5, 2]), max(Metres(3), 2), sum([m, m]))


class Impedance(complex):
    def __repr__(self):
        return f"Z({self.real}, {self.imag})"


z = Impedance(3, 4)
z.label = "coil"
print(z, abs(z), z.label, z + 1, type(z + 1).__name__, z == 3 + 4j, hash(z) == hash(3 + 4j), z.conjugate(), Impedance("1j"), Impedance(z), complex(z))


class Odd:
    def __int__(self):
        return 7

    def __index__(self):
        return 5

    def __float__(self):
        return 2.5


print(int(Odd()), float(Odd()), hex(Odd()), [10, 20, 30, 40, 50, 60][Odd()], complex(Odd()), round(2.567, Odd()), int("11", Odd()), (1 << 32).to_bytes(Odd()))


class Loud(int):
    def __index__(self):
        return 100

    def __int__(self):
        return 200

    def __float__(self):
        return 300.0

    def __bool__(self):
        return False

    def __eq__(self, other):
        return "equal?"

    def __hash__(self):
        return 1

    def __neg__(self):
        return "negative"

    def __radd__(self, other):
        return "radd"


x = Loud(3)
print(int(x), float(x), bool(x), x == 4, -x, 1 + x, x + 1, hex(x), [0, 1, 2, 3][x], "%d" % x, f"{x}", hash(x), x * 2, range(x), complex(x))
