# struct_time's zone, strptime, and ranges of time tuples.
import os
import pickle
import time

os.environ["TZ"] = "UTC"
time.tzset()


def t(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


g = time.gmtime(0)
print(g, g.tm_zone, g.tm_gmtoff, len(g), time._STRUCT_TM_ITEMS)
print(g.__reduce__(), pickle.loads(pickle.dumps(g)).tm_zone)
for n in range(8, 13):
    t(lambda: (lambda s: (s, s.tm_zone, s.tm_gmtoff))(time.struct_time(range(n))))
print(time.struct_time(range(9), {"tm_zone": "X"}).tm_zone)
t(lambda: time.struct_time(range(9), {"tm_zone": "X", "other": 1}))
print(time.strptime("2 Mar 2020", "%d %b %Y"))
print(time.strptime("12:30 +0130", "%H:%M %z").tm_gmtoff)
t(lambda: time.strptime())
t(lambda: time.strptime(1))
t(lambda: time.strptime("x", "%Y"))
first = (2000, 1, 1, 1, 1, 1)
for rest in (0, 1, 1), (-1, 1, 1), (-2, 1, 1), (0, 0, 1), (0, 367, 1):
    t(lambda: time.asctime(first + rest))
for year in -(2**31), 2**31 - 1, 2**31, -5, 10**5:
    t(lambda: time.asctime((year, 1, 1, 1, 1, 1, 0, 1, 1)))
t(lambda: time.mktime((-(2**31), 1, 1, 1, 1, 1, 0, 1, 1)))
t(lambda: time.asctime((2000, -(2**31), 1, 1, 1, 1, 2**31 - 1, -(2**31), 1)))
t(lambda: time.sleep([]))
t(lambda: time.sleep("a"))
t(lambda: time.sleep(-1))
t(lambda: time.sleep(float("nan")))
