# Ranges: length, indexing, slicing, membership, equality.
for r in (range(5), range(2, 8), range(0, 10, 3), range(10, 0, -2), range(0), range(5, 2), range(-3, 3)):
    print(r, len(r), list(r), bool(r), list(reversed(r)), r.start, r.stop, r.step)
r = range(0, 100, 7)
print(r[0], r[-1], r[3], r[2:5], r[::-1], r[1::2], 14 in r, 15 in r, 14.0 in r, "x" in r, r.index(21), r.count(7), r.count(8))
print(range(3) == range(0, 3, 1), range(0) == range(5, 5), range(0, 3, 2) == range(0, 4, 2), hash(range(3)) == hash(range(0, 3)))
big = range(10**20, 10**20 + 5)
print(big, len(big), list(big)[1], 10**20 + 2 in big, big[-1], list(range(2**62 - 2, 2**62 + 2)))
attempts = [
    lambda: range(1, 2, 0),
    lambda: range(1.5),
    lambda: range("3"),
    lambda: range(),
    lambda: r[99],
    lambda: r.index(1),
    lambda: len(range(10**30)),
    lambda: range(1, 2, 3, 4),
]
for attempt in attempts:
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
total = 0
for i in range(10, -11, -5):
    total = total * 3 + i
print(total, sum(range(101)), max(range(5)), min(range(5, 0, -1)), sorted(range(5, 0, -1)))
for i in range(3):
    i += 10
    print(i, end=" ")
print()
