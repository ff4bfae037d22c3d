# Abandoned generators run their finally blocks at once.
log = []


def guarded(name):
    try:
        yield 1
        yield 2
    finally:
        log.append(f"cleanup {name}")


g = guarded("deleted")
next(g)
del g
print(log)
for x in guarded("break"):
    break
print(log)
guarded("never started")
print(log)
a = guarded("replaced")
next(a)
a = None
print(log)


def user():
    g = guarded("local")
    next(g)
    return "left"


print(user(), log)
try:
    for x in guarded("exception"):
        raise ValueError
except ValueError:
    print(log)
print(list(guarded("complete")), log)
log.clear()


class Resource:
    def __del__(self):
        log.append("resource")


def holds():
    r = Resource()
    yield
    log.append("never")


h = holds()
next(h)
print(log)
h.close()
print(log, h.gi_frame, guarded("x").gi_running)
log.clear()
pair = (guarded("t1"), guarded("t2"))
for g in pair:
    next(g)
del g, pair
print(sorted(log))
any(x == 1 for x in guarded("any"))
print(log[-1])
first, *_ = guarded("unpack")
print(log[-1])

# A finaliser brings its generator back, which still knows its code.
import gc

resurrected = []
exec('''
def gen():
    try:
        yield
    except GeneratorExit:
        resurrected.append(g)

g = gen()
next(g)
''', {'resurrected': resurrected})
gc.collect()
print(len(resurrected), resurrected[0].gi_code.co_name, resurrected[0].gi_frame, list(resurrected[0]))
