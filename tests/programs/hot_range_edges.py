# Loops over ranges with unusual bounds and steps.
def run(*arguments):
    count = total = 0
    first = last = None
    for i in range(*arguments):
        if first is None:
            first = i
        count += 1
        total += i
        last = i
    return count, total, first, last


for arguments in ((0,), (1,), (-5,), (1500,), (5, 5), (1000, -1000, -1), (0, 2000, 7), (2000, 0, -7), (-3, 3), (2**62 - 700, 2**62 + 700),
                  (2**63 - 600, 2**63 + 600), (-(2**62) - 600, -(2**62) + 600), (2**70, 2**70 + 1300), (2**64, 2**64 - 1200, -1), (0, 10**30, 10**27),
                  (2**62, 0, -(2**52)), (True, 1000), (0, 5, 10**20)):
    print(arguments, run(*arguments))
i = "unchanged"
for i in range(0):
    pass
print(i)
for i in range(2000):
    i = i * 2
print(i)
r = range(1200)
it = iter(r)
print(sum(x for x in it if x % 2), next(it, "exhausted"), sum(r), sum(reversed(r)), sum(r[::-3]))
it = iter(range(10))
pairs = []
for a in it:
    pairs.append((a, next(it, None)))
print(pairs)
total = 0
for i in range(30):
    for j in range(i, i * 2):
        for k in range(j, 0, -i or -1):
            total += k
print(total)
n = 0
for i in reversed(range(1500)):
    n = n * 3 % 1009 + i
print(n, [i for i in range(5, -6, -5)], list(range(3, 3)), list(range(2**62, 2**62 + 2)))
steps = 0
for i in range(10**18):
    steps += 1
    if steps == 2000:
        break
print(i, steps)


class Index:
    def __index__(self):
        return 1300


print(run(Index()), run(0, Index(), 13))
