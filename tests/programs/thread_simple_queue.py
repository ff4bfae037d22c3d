"""`_queue.SimpleQueue`: order, waiting, errors, threads."""
import _queue
import queue
import threading
import time
import weakref

print(queue.SimpleQueue is _queue.SimpleQueue, queue.Empty is _queue.Empty, _queue.Empty.__mro__[1:])
q = _queue.SimpleQueue()
print(q.empty(), q.qsize(), q.put(1), q.put("two", block=False, timeout=-5), q.put_nowait(item=None))
print(q.empty(), q.qsize(), q.get(), q.get(block=True, timeout=None), q.get_nowait(), q.empty())


def attempt(call):
    try:
        print(call())
    except BaseException as problem:
        print(type(problem).__name__, problem)


attempt(lambda: q.get_nowait())
attempt(lambda: q.get(False))
attempt(lambda: q.get(False, timeout=-1))
attempt(lambda: q.get(timeout=0))
attempt(lambda: q.get(timeout=0.01))
attempt(lambda: q.get(timeout=-1))
attempt(lambda: q.get(timeout="1"))
attempt(lambda: q.get(timeout=1e100))
attempt(lambda: q.get(timeout=float("nan")))
attempt(lambda: q.put())
attempt(lambda: q.put_nowait())
attempt(lambda: _queue.SimpleQueue(1))
attempt(lambda: _queue.SimpleQueue(a=1))
attempt(lambda: _queue.SimpleQueue[int])
attempt(lambda: setattr(_queue.SimpleQueue, "x", 1))
attempt(lambda: q.__dict__)
print(weakref.ref(q)() is q)


class Named(_queue.SimpleQueue):
    def __init__(self, name):
        self.name = name


n = Named("mine")
n.put(n)
print(n.get().name, n.empty())
attempt(lambda: type("Plain", (_queue.SimpleQueue,), {})(1))

# A queue in itself is garbage that can be found.
import gc

r = weakref.ref(n)
n.put(n)
del n
gc.collect()
print(r())

# Waiting ends with what another thread puts in.
results = []
started = time.monotonic()


def consume():
    while (item := q.get()) is not None:
        results.append(item)


threads = [threading.Thread(target=consume) for _ in range(4)]
for t in threads:
    t.start()


def produce(first):
    for i in range(first, first + 100):
        q.put(i)


producers = [threading.Thread(target=produce, args=(k * 100,)) for k in range(3)]
for t in producers:
    t.start()
for t in producers:
    t.join()
for _ in threads:
    q.put(None)
for t in threads:
    t.join()
print(sorted(results) == list(range(300)), q.qsize())
late = threading.Timer(0.05, q.put, ["late"])
late.start()
print(q.get(timeout=30))
late.join()
print(time.monotonic() - started < 25)
