# Native modules called from hot loops.
import math
import sys
import time

start = time.perf_counter()
ticks = 0
last = start
backwards = 0
for i in range(2000):
    now = time.perf_counter()
    if now < last:
        backwards += 1
    last = now
    ticks += 1
print(ticks, backwards, last >= start, isinstance(time.time(), float), time.monotonic() <= time.monotonic())
total = 0.0
for i in range(3000):
    total += math.sqrt(i) + math.floor(i / 3) - math.sin(0.0) + math.pi * 0
print(round(total, 6))
bad = 0
for i in range(1500):
    try:
        math.sqrt(5 - i % 10)
    except ValueError:
        bad += 1
print(bad)
sqrt = math.sqrt
hyp = 0
for a in range(1, 60):
    for b in range(a, 60):
        if math.isqrt(a * a + b * b) ** 2 == a * a + b * b:
            hyp += 1
print(hyp, sum(map(sqrt, range(10))) == sum(sqrt(i) for i in range(10)))
depth = []
for i in range(500):
    depth.append(sys.getrecursionlimit())
print(set(depth) == {sys.getrecursionlimit()}, sys.maxsize, sys.byteorder, sys.version_info[:2])
math.sqrt = lambda x: -1
print(sum(math.sqrt(i) for i in range(100)), sqrt(16))
total = 0
for i in range(2000):
    total += math.gcd(i, 360)
    if i == 1000:
        math.gcd = max
print(total, sys.intern("abc") is sys.intern("abc"), sys.getsizeof([]) > 0)
