# Floor division and remainder with every combination of signs, small and big.
for a in (7, -7, 0, 10**20, -(10**20)):
    for b in (2, -2, 3, -3, 10**19 + 7, -(10**19) - 7):
        q, r = divmod(a, b)
        print(a, b, q, r, a // b == q, a % b == r, q * b + r == a)
print(7 / 2, -7 / 2, 1 / 3, 10**25 / 10**5, 2**70 / 2**69)
for operation in ("1 // 0", "1 % 0", "1 / 0", "divmod(1, 0)", "10**30 // 0", "10**30 % 0"):
    try:
        print(eval(operation))
    except ZeroDivisionError as error:
        print(operation, "->", error)
print(-(2**62) // -1, -(2**63) // -1, (-(2**62)) % 7)
