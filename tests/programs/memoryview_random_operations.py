# Pseudo-random slices, casts and assignments of memory views.
seed = 999
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
def pick(x): return x[rnd(len(x))]
for i in range(500):
    b = bytearray(rnd(256) for _ in range(pick([0, 1, 2, 4, 6, 8, 12, 16])))
    m = memoryview(b)
    log = []
    for _ in range(rnd(4) + 1):
        k = rnd(7)
        try:
            if k == 0: m = m[rnd(12) - 6:rnd(12) - 6:pick([1, 1, 2, -1, -2, 3])]
            elif k == 1: m = m.cast(pick("BbcHhIiLlQqfd?e"))
            elif k == 2: m = m.cast("B")
            elif k == 3: m[rnd(8) - 4] = pick([1, -1, 255, 256, 2.5, b"x", "x", 70000, 10**30])
            elif k == 4: m[rnd(4):rnd(8)] = pick([b"xy", b"abc", bytearray(2), m[:2]])
            elif k == 5: m = m.toreadonly() if rnd(3) == 0 else m
            else: m = memoryview(m)
        except Exception as e: log.append((k, type(e).__name__, str(e)))
    try: items = repr(m.tolist())
    except Exception as e: items = repr(e)
    print(b, log, m.format, m.shape, m.strides, m.nbytes, m.readonly, m.c_contiguous, items, m.tobytes(), m == b, m == m.tobytes(), len(m), m.hex(), bytes(m), m.obj is b)
