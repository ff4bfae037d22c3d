# Struct sequences: fields, constructors, replacing, pickling.
import copy
import os
import pickle
import time


def t(f, *args, **keywords):
    try:
        print(f(*args, **keywords))
    except Exception as e:
        print(type(e).__name__, e)


for cls in time.struct_time, os.stat_result, os.times_result, os.terminal_size:
    print(cls.__name__, cls.n_fields, cls.n_sequence_fields, cls.n_unnamed_fields, cls.__match_args__)
T = time.struct_time
t(T)
t(T, 1)
t(T, range(8))
t(T, range(12))
t(T, range(9), 1)
t(T, range(9), {"tm_zone": "X"})
t(T, range(9), {"tm_zone": "X", "other": 1})
t(T, range(10), {"tm_zone": "X"})
t(T, sequence=range(9), dict={})
t(os.terminal_size, (1, 2, 3))
t(os.terminal_size, (1,))
t(os.stat_result, range(9))
s = os.stat_result(range(10), {"st_mtime": 5.5})
print(s, s.st_atime, s.st_mtime, s.st_atime_ns)
moment = T(range(11))
later = copy.replace(moment, tm_year=7, tm_zone="Z")
print(later, later.tm_zone, later.tm_gmtoff)
t(copy.replace, moment, other=1)
t(copy.replace, s, st_mode=1)
print(copy.replace(os.terminal_size((1, 2)), lines=5))
for v in moment, s, os.terminal_size((3, 4)):
    for made in copy.copy(v), copy.deepcopy(v), pickle.loads(pickle.dumps(v)):
        assert made == v and type(made) is type(v), made
    print(v.__reduce__()[1])
match moment:
    case T(year, month, tm_mday=day):
        print(year, month, day)
