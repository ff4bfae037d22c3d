# Powers, modular powers and their errors.
for base in (0, 1, -1, 2, -3, 10, 12345):
    print(base, [base**e for e in range(8)])
print(2**-1, (-2) ** -3, 10**-2, 0**0)
print(pow(3, 200, 1000007), pow(7, 2**80, 10**9 + 7), pow(3, -1, 11), pow(-5, 3, 7), pow(5, 3, -7))
print(pow(2, 10), pow(2.0, 0.5), pow(2, 0.5))
print((-8) ** 3, -8**2, 2**3**2)
for arguments in ((2, 3, 0), (2, -1, 4)):
    try:
        print(pow(*arguments))
    except ValueError as error:
        print("ValueError:", error)
try:
    print(0**-1)
except ZeroDivisionError as error:
    print("ZeroDivisionError:", error)
print(len(str(7**2000)), 7**2000 % 10**10)
