# Infinity, not-a-number, the two zeros.
inf = float("inf")
nan = float("nan")
print(inf - inf, inf * 0, inf + 1, -inf, inf == inf, inf > 1e308, 1 / inf, -1 / inf)
print(nan == nan, nan != nan, nan < 1, nan > 1, nan in [nan], [nan] == [nan], nan is nan)
print(0.0 == -0.0, str(-0.0), 0.0 * -1, -0.0 + 0.0, -0.0 - 0.0, abs(-0.0), -0.0 or "zero")
print(max(1.0, nan), max(nan, 1.0), min(1.0, nan), sorted([3.0, inf, -inf, 0.0, -0.0]))
print(hash(inf), hash(-inf), hash(0.0), hash(-0.0), hash(1.0), hash(0.5), hash(1e300))
try:
    print(1e308 * 10, -1e308 * 10, 2.0**1024)
except OverflowError as error:
    print("OverflowError", error)
print(1e308 * 10, 5e-324 / 2, 1e-320)
for text in ("inf", "-Infinity", "NaN", "1e5", " 2.5 ", "1_0.5", ".5", "5.", "1e", "0x1p3", ""):
    try:
        print(repr(text), float(text))
    except ValueError as error:
        print(error)
