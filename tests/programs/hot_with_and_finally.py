# Context managers and finally blocks in hot loops.
class Lock:
    held = entered = failures = 0

    def __enter__(self):
        Lock.held += 1
        Lock.entered += 1
        return self

    def __exit__(self, kind, value, traceback):
        Lock.held -= 1
        if kind is ValueError:
            Lock.failures += 1
            return True


lock = Lock()
total = 0
for i in range(3000):
    with lock:
        if i % 10 == 9:
            raise ValueError
        if i % 7 == 0:
            continue
        total += Lock.held
print(total, Lock.held, Lock.entered, Lock.failures)


def inner(i):
    with lock as a, lock as b:
        if i == 1500:
            return "special"
        assert a is b and Lock.held == 2
        return i


print(sum(r for i in range(2000) if isinstance(r := inner(i), int)), inner(1500), Lock.held)
try:
    for i in range(3000):
        with lock:
            10 / (2500 - i)
except ZeroDivisionError:
    print(i, Lock.held)


def cleanup(n):
    opened = closed = 0
    for i in range(n):
        opened += 1
        try:
            if i % 5 == 0:
                continue
            if i == n - 3:
                break
            opened += 0
        finally:
            closed += 1
    return opened, closed


print(cleanup(3000))


def early(items):
    seen = 0
    for item in items:
        try:
            if item < 0:
                return "negative", seen
            seen += item
        except TypeError:
            seen -= 1
        else:
            seen += 1
        finally:
            seen += 0.5
    return "end", seen


print(early([1] * 1500), early([1] * 1500 + [-1]), early([1, "x", None] * 500))


def gen():
    with lock:
        for i in range(1000):
            yield i


print(sum(gen()), Lock.held)
for x in gen():
    if x == 500:
        break
print(Lock.held)
