"""Threads that run compiled loops, get them invalidated by each other, and give up the lock in the middle of them."""

import contextvars
import gc
import sys
import threading
import time

sys.setswitchinterval(1e-5)


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def plus(self, other):
        return Point(self.x + other.x, self.y + other.y)


class Point3(Point):
    def plus(self, other):
        return Point3(self.x + other.x + 1, self.y)


class Dying:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(len(self.log))


def points(seed):
    p, step = Point(seed, 1), Point(1, 2)
    for i in range(3000):
        p = p.plus(step)
        if i % 500 == 499:
            p = Point3(p.x % 10, 0)
    return p.x, p.y


def floats(seed):
    x, total = 0.5 + seed, 0.0
    for i in range(4000):
        x = x * 1.0001 + 0.3
        total += x / (i + 1)
    return round(total, 9)


def generators(seed):
    return sum(sum(j * seed for j in range(15)) for _ in range(200))


def errors(seed):
    n = 0
    for i in range(1500):
        try:
            if i % 3 == seed:
                raise ValueError(i)
            n += {}.get(i, 1)
        except ValueError as e:
            n += e.args[0] % 2
        finally:
            n += 1
    return n


def drops(seed):
    log = []
    for i in range(500):
        a = Dying(log)
        pair = [a, i]
        del a, pair
    return log == list(range(500))


def cycles(seed):
    for i in range(500):
        a = Point(i, None)
        a.y = [a, a]
    return "collected"


def texts(seed):
    text = ""
    for i in range(1500):
        text += chr(97 + (i + seed) % 26)
    return len(text), text[:3]


def helper(x):
    return x + 1


def globals_change(seed):
    global helper
    total = 0
    for i in range(1200):
        total += helper(i)
        if i % 300 == 299:

            def helper(x):
                return x + 1

    return total


def sleeps(seed):
    total = 0
    for i in range(30):
        time.sleep(0.00001)
        total += i
    return total


level = contextvars.ContextVar("level", default=0)


def contexts(seed):
    for i in range(200):
        token = level.set(level.get() + 1)
        if i % 2:
            level.reset(token)
    return level.get()


jobs = [points, floats, generators, errors, drops, cycles, texts, globals_change, sleeps]
expected = {(job, seed): job(seed) for job in jobs for seed in range(2)}
wrong = []


def work(number):
    for turn in range(2):
        for k in range(len(jobs)):
            job, seed = jobs[(k + number) % len(jobs)], (turn + number) % 2
            got = job(seed)
            if got != expected[job, seed]:
                wrong.append((job.__name__, seed, got))
    if contexts(0) != 100:
        wrong.append("contexts")


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads:
    t.start()
while any(t.is_alive() for t in threads):
    gc.collect(0)
    time.sleep(0.001)
print(wrong, level.get())
