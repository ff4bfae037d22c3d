# Where coroutines come from: sys.set_coroutine_origin_tracking_depth.
import sys
import threading
import warnings


def t(f, *args):
    try:
        print(f(*args))
    except BaseException as e:
        print(type(e).__name__, e)


async def f():
    pass


def made():
    return f()


def origin():
    c = made()
    found = c.cr_origin
    c.close()
    return found and [(line, name) for _, line, name in found]


t(sys.get_coroutine_origin_tracking_depth)
for depth in -1, "x", 2**40, 0, 1, 2, 10:
    t(sys.set_coroutine_origin_tracking_depth, depth)
    print(sys.get_coroutine_origin_tracking_depth(), origin())
thread = threading.Thread(target=lambda: print(sys.get_coroutine_origin_tracking_depth()))
thread.start()
thread.join()
print([c.cr_origin for c in [made()] if c.close() is None][0][0][0] == __file__)
sys.set_coroutine_origin_tracking_depth(depth=1)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    c = made()
    del c
for w in caught:
    print(w.category, str(w.message).replace(__file__, "FILE"))


async def g():
    yield 1


print(hasattr(g(), "cr_origin"))
