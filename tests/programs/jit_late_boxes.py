"""Running totals of floats that are on the stack while an inlined call runs: who looks in the middle sees one float."""

import sys


def weigh(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def total_of(i, items):
    total = 0
    for j, item in enumerate(items):
        total += weigh(i, j) * item
    return total


floats = [0.5 + n for n in range(60)]
for rows in range(40):
    last = total_of(rows, floats)
print(last)

# Items of other types, one after the other, and a total that is no immediate.
mixed = floats[:]
mixed[50] = 3
mixed[55] = True
mixed[57] = 1e300
mixed[58] = 1e-320
for rows in range(5):
    print(total_of(rows, mixed))

# The callee leaves in the middle: the sum of its arguments is no small number any more.
for start in (2**30, 2**31, 2**61, 2**62 - 30, 2**62, 2.5, True):
    print(total_of(start, floats))

# The callee raises; the traceback's frame shows the total.
def inverse(j, at):
    return 1.0 / (j - at)


def raising(at):
    total = 0.25
    for j in range(60):
        total += inverse(j, at)
    return total


for at in (60, 61, 59, 30):
    try:
        print(raising(at))
    except ZeroDivisionError as e:
        inner = e.__traceback__.tb_next
        print(type(e).__name__, inner.tb_frame.f_locals["j"], inner.tb_frame.f_locals["total"])


def look(depth):
    frame = sys._getframe(1)
    return frame.f_locals["total"] * 0.0 + depth


def looking():
    total = 1.5
    for j in range(60):
        total += look(j) if j % 20 == 7 else weigh(j, j)
    return total


for _ in range(4):
    print(looking())


# One object, however often it is looked at.
def same(items):
    total = 1e300
    kept = []
    for item in items:
        before = total
        total = before + weigh(3, 4) * item
        kept.append(before is before and (before, total))
    return kept[-1]


for _ in range(4):
    print(same(floats))

class Odd:
    def __rmul__(self, other):
        return other * 2.0


print(total_of(1, floats + [Odd()]))
