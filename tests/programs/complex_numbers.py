# Complex numbers: literals, arithmetic, printing, errors.
z = 3 + 4j
print(z, z.real, z.imag, abs(z), z.conjugate(), -z, +z, z == 3 + 4j, z == 3, 4j * 1j == -4, hash(3 + 0j) == hash(3))
print(z + 1, z - 2j, z * z, z / (1 - 1j), z**2, 2**z, z**0.5, 1j**2, z * 2.5)
print(complex(1, 2), complex("1+2j"), complex("-3j"), complex(), complex(2.5), complex(True), 0j, -0j, 1e100j, (0.1 + 0.2j))
print(complex(float("inf"), float("nan")), repr(complex(-0.0, -0.0)), [1j, 2 - 0j], bool(0j), bool(1j))
print(f"{z:.2f}", f"{z}", str(1j), "%s" % z, f"{z:>12}", complex("inf"), sum([1j, 2, 3.5]))
for attempt in (lambda: z < 1, lambda: z // 1, lambda: z % 2, lambda: int(z), lambda: float(z), lambda: z / 0, lambda: complex("x"), lambda: complex("1 + 2j"), lambda: 0j**-1, lambda: divmod(z, 1)):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
w = 0j
for n in range(50):
    w = w * w + (-0.4 + 0.6j)
print(round(w.real, 10), round(w.imag, 10))
print(isinstance(1j, complex), type(1j + 1).__name__, {1 + 0j: "one"}[1], 1 in [1 + 0j], z.__class__.__name__)
