# Comparisons between small and big integers, chained ones, and mixed with floats and booleans.
big = 10**20
values = [-big, -1, 0, 1, 2.5, big, float(big), True, False]
for a in values:
    print(a, [a < b for b in values], [a == b for b in values])
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 > 1, 1 < 2 > 1, 1 == 1.0 == True)
print(2**53 == float(2**53), 2**53 + 1 == float(2**53), 2**53 + 1 > float(2**53))
print(10**400 > 1e308, -(10**400) < -1e308, 10**400 < float("inf"), 10**400 == float("inf"))
print(big in (1, 10**20), max(3, big, 2.5), min(3, -big, -2.5), sorted([big, 1, -big, 0.5]))
calls = []


def value(n):
    calls.append(n)
    return n


print(value(1) < value(2) < value(0) < value(9), calls)
try:
    print(1 < "1")
except TypeError as error:
    print(error)
