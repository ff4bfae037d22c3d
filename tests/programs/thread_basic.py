import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

# Counting under a lock.
count = 0
lock = threading.Lock()


def add(n):
    global count
    for _ in range(n):
        with lock:
            count += 1


threads = [threading.Thread(target=add, args=(3000,)) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(count, lock)

# Everybody gets on while everybody spins.
turns, stop = [0, 0, 0], False


def spin(i):
    while not stop:
        turns[i] += 1


threads = [threading.Thread(target=spin, args=(i,)) for i in range(3)]
for t in threads:
    t.start()
while not all(turns):
    time.sleep(0.001)
stop = True
for t in threads:
    t.join()
print(all(turns))

# Producers and consumers.
q, seen = queue.Queue(2), []


def produce(k):
    for i in range(10):
        q.put((k, i))
    q.put(None)


def consume():
    open_ends = 3
    while open_ends:
        item = q.get()
        if item is None:
            open_ends -= 1
        else:
            seen.append(item)


threads = [threading.Thread(target=produce, args=(k,)) for k in range(3)] + [threading.Thread(target=consume)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(seen) == [(k, i) for k in range(3) for i in range(10)], q.empty())

# Events, barriers, semaphores, timers.
event, log = threading.Event(), []
t = threading.Thread(target=lambda: log.append(event.wait(5)))
t.start()
print(t.is_alive(), event.wait(0.001))
event.set()
t.join()
print(t.is_alive(), log)
barrier, order = threading.Barrier(3), []
threads = [threading.Thread(target=lambda: order.append(barrier.wait())) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(order))
gate, inside, most = threading.Semaphore(2), 0, 0


def through():
    global inside, most
    with gate:
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.002)
        with lock:
            inside -= 1


threads = [threading.Thread(target=through) for _ in range(5)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(most <= 2, inside)
timer = threading.Timer(0.001, print, ("timer",))
timer.start()
timer.join()

# Locks that belong to a thread.
rlock, answers = threading.RLock(), []
with rlock, rlock:
    t = threading.Thread(target=lambda: answers.append((rlock.acquire(blocking=False), rlock.acquire(timeout=0.002))))
    t.start()
    t.join()
print(answers, rlock.locked() if hasattr(rlock, "locked") else None)


def release_foreign():
    try:
        rlock.release()
    except RuntimeError as e:
        print(e)


with rlock:
    t = threading.Thread(target=release_foreign)
    t.start()
    t.join()

# Attributes of threads.
plain = threading.local()
plain.x = "main"


class Mine(threading.local):
    made = 0

    def __init__(self, start):
        Mine.made += 1
        self.values = [start]


mine = Mine(7)


def look():
    print(hasattr(plain, "x"), vars(plain), mine.values)
    plain.x = "thread"
    mine.values.append(8)
    print(plain.x, mine.values)
    del plain.x
    print(hasattr(plain, "x"))


t = threading.Thread(target=look)
t.start()
t.join()
print(plain.x, mine.values, Mine.made)


class Tracked:
    def __del__(self):
        print("gone with its thread")


def keep():
    plain.tracked = Tracked()


t = threading.Thread(target=keep)
t.start()
t.join()

# What goes wrong in a thread.
threading.excepthook = lambda a: print("hook:", a.exc_type.__name__, a.exc_value, a.thread.name)
t = threading.Thread(target=lambda: 1 // 0, name="divider")
t.start()
t.join()


def deep(n):
    return deep(n + 1)


def too_deep():
    try:
        deep(0)
    except RecursionError as e:
        print(e)


t = threading.Thread(target=too_deep)
t.start()
t.join()
for wrong in (lambda: t.start(), lambda: threading.current_thread().join(), lambda: threading.Thread().join()):
    try:
        wrong()
    except RuntimeError as e:
        print(e)

# Pools.
with ThreadPoolExecutor(3) as pool:
    print(list(pool.map(pow, range(8), [2] * 8)))
    print(sorted(f.result() for f in as_completed([pool.submit(len, "x" * n) for n in range(5)])))
    print(repr(pool.submit(lambda: {}["missing"]).exception()))
print(threading.active_count(), threading.current_thread() is threading.main_thread())


# The end waits for those that are no daemons.
def late():
    time.sleep(0.02)
    print("late")


def never():
    while True:
        time.sleep(0.001)


def busy():
    while True:
        pass


threading.Thread(target=never, daemon=True).start()
threading.Thread(target=busy, daemon=True).start()
threading.Thread(target=late).start()
print("end of main")
