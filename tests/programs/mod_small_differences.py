"""Details of modules around the core: itertools, re, json, statistics, deque, Counter."""
import itertools
import json.encoder
import pickle
import re
import statistics
from collections import Counter, deque


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


print('-- itertools')
a, b = itertools.tee('abc')
c, d = itertools.tee(a)
print(len({id(x) for x in (a, b, c, d)}), next(c), next(c), next(a), list(d), list(b))
for cls, args in ((itertools.filterfalse, (None, [0, 1])), (itertools.chain, ([1], [2])), (itertools.cycle, ([1],)),
                  (itertools.starmap, (pow, [(2, 3)])), (itertools.islice, ([1, 2, 3], 2)),
                  (itertools.takewhile, (bool, [1, 0])), (itertools.dropwhile, (bool, [1, 0])), (itertools.pairwise, ('ab',))):
    sub = type('Sub', (cls,), {})
    own = type('Own', (cls,), {'__init__': lambda self, *args, extra: setattr(self, 'extra', extra)})
    show(sub, *args, extra=1)
    it = own(*args, extra=5)
    print(it.extra, list(itertools.islice(it, 2)))

print('-- re')
print(bool(re.match('\ufb05', '\ufb06', re.I)), bool(re.match('[\ufb04-\ufb05]', '\ufb06', re.I)))
data = bytearray(b'xax')
it = re.finditer(b'a', data)
show(data.extend, b'y')
print(len(list(it)))
del it
data.extend(b'y')
text = 'жабa' * 50
print(len(list(re.finditer('[ж-я]a', text))), sum(m.start() for m in re.finditer('б', text)))
show(re.compile('a').match, 'a', 2**70)
show(re.compile('a').match, 'a', 0, -2**70)

print('-- json')
encode = json.encoder.c_make_encoder(None, str, json.encoder.c_encode_basestring, '\t', ': ', ', ', False, False, False)
print(encode(['spam', {'ham': 1}], -3), encode([1], 2))
show(json.decoder.py_scanstring, 'xxx', 2**64)

print('-- statistics')
normal = statistics.NormalDist(10, 2)
print([round(normal.inv_cdf(p), 9) for p in (1e-300, 1e-9, 0.01, 0.2, 0.5, 0.8, 0.99, 1 - 1e-9)])
show(normal.inv_cdf, 0)
show(normal.inv_cdf, 1.0)

print('-- collections')


class Slotted(deque):
    __slots__ = ('x', '__dict__')


q = Slotted([1, 2], 5)
q.x, q.y = ['x'], 'y'
for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
    r = pickle.loads(pickle.dumps(q, protocol))
    print(r, r.x, r.y, r.maxlen)


class Setting(Counter):
    called = 0

    def __setitem__(self, key, value):
        self.called += 1
        super().__setitem__(key, value)


print(Setting('abracadabra').called)
