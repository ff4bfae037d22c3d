# The methods behind builtins and operators.
class Vector:
    def __init__(self, *values):
        self.values = list(values)

    def __repr__(self):
        return f"Vector{tuple(self.values)}"

    def __str__(self):
        return "<" + ", ".join(map(str, self.values)) + ">"

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return self.values[index]

    def __setitem__(self, index, value):
        self.values[index] = value

    def __delitem__(self, index):
        del self.values[index]

    def __contains__(self, value):
        return value in self.values

    def __iter__(self):
        return iter(self.values)

    def __reversed__(self):
        return reversed(self.values)

    def __bool__(self):
        return any(self.values)

    def __call__(self, scale):
        return Vector(*(v * scale for v in self.values))

    def __eq__(self, other):
        return isinstance(other, Vector) and self.values == other.values

    def __hash__(self):
        return hash(tuple(self.values))

    def __neg__(self):
        return self(-1)

    def __abs__(self):
        return sum(v * v for v in self.values) ** 0.5

    def __int__(self):
        return int(abs(self))

    def __float__(self):
        return float(abs(self))

    def __format__(self, spec):
        return "|".join(format(v, spec) for v in self.values)

    def __index__(self):
        return len(self.values)


v = Vector(3, 4)
print(v, repr(v), str(v), [v], len(v), v[0], v[-1], list(v), 4 in v, 9 in v, bool(v), bool(Vector(0, 0)))
v[0] = 6
v[1] = 8
print(v(2), -v, abs(v), int(v), float(v), f"{v:.1f}", list(reversed(v)), v == Vector(6, 8), v != Vector(1), {v: "key"}[Vector(6, 8)])
del v[0]
print(v, "abc"[v], hex(v), range(5)[v], [*v, 1], max(Vector(4, 9, 2)), sorted(Vector(3, 1, 2)), tuple(Vector(1, 2)))
first, *others = Vector(1, 2, 3)
print(first, others, [x for x in Vector(5, 6)], dict([Vector("k", "v")]), sum(Vector(1, 2, 3)))
try:
    v[10]
except IndexError as error:
    print(error)


class OnlyGetitem:
    def __getitem__(self, index):
        if index > 3:
            raise IndexError
        return index * index


class OnlyLen:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


print(list(OnlyGetitem()), 4 in OnlyGetitem(), 5 in OnlyGetitem(), bool(OnlyLen(0)), bool(OnlyLen(2)))
for bad in (-1, "x", 2**70):
    try:
        len(OnlyLen(bad))
    except (ValueError, TypeError, OverflowError) as error:
        print(type(error).__name__, error)
