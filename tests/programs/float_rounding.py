# round, int, floor division and remainder of floats.
import math

for x in (0.5, 1.5, 2.5, -0.5, -1.5, 2.675, 1e16, -2.4):
    print(x, round(x), round(x, 1), round(x, 2), int(x), math.floor(x), math.ceil(x), math.trunc(x))
print(round(1234.5678, -2), round(5e20, -20), round(0.1, 25), round(1e300, 2), round(-0.4))
for a in (7.5, -7.5, 0.0, -0.0):
    for b in (2.0, -2.0, 0.3):
        print(a, b, a // b, a % b, divmod(a, b))
for text in ("1.0 // 0", "1.0 % 0.0", "1.0 / 0", "divmod(1.0, 0)", "0.0 ** -1"):
    try:
        print(eval(text))
    except ZeroDivisionError as error:
        print(text, "->", error)
for bad in (float("inf"), float("nan")):
    for function in (int, round):
        try:
            print(function(bad))
        except (ValueError, OverflowError) as error:
            print(type(error).__name__, error)
