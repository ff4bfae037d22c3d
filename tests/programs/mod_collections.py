# deque, defaultdict, Counter, OrderedDict.
from collections import deque, defaultdict, Counter, OrderedDict
import copy

d = deque('abc')
d.append('d'); d.appendleft('z')
print(d, len(d), d[0], d[-1], 'c' in d, d.index('c'), d.count('a'))
d.rotate(2); print(d); d.rotate(-1); print(d)
d.extend([1, 2]); d.extendleft([3, 4]); print(d, d.pop(), d.popleft())
d.insert(1, 'i'); d.remove('a'); d.reverse(); print(d)
del d[0]; d[0] = 'first'; print(d, list(reversed(d)), copy.copy(d) == d)
print(deque([1, 2, 3], 2), deque(maxlen=3), deque([1]) + deque([2]), deque([1, 2]) * 2, deque([1]) < deque([2]))
m = deque(maxlen=2)
for i in range(5):
    m.append(i)
print(m, m.maxlen)
for call in ['deque().pop()', 'deque().popleft()', 'deque([1])[5]', 'deque([1]).remove(2)', 'deque([1]).index(2)', 'deque(maxlen=-1)',
             'deque([1], 1).insert(0, 2)', 'deque([1])["a"]', 'deque(5)', 'hash(deque())', 'deque([1]) + [1]']:
    try:
        print(call, eval(call))
    except Exception as e:
        print(call, type(e).__name__, e)
try:
    for x in (q := deque([1, 2])):
        q.append(x)
except RuntimeError as e:
    print(e)
r = deque([1]); r.append(r); print(r)

class D(deque):
    pass
print(D([1, 2]), D([1]).copy(), type(D() + D()).__name__)

dd = defaultdict(int, a=1)
dd['b'] += 2
print(dd, dd.default_factory, dd.copy(), dd | {'c': 3}, isinstance(dd, dict))
try:
    defaultdict()['x']
except KeyError as e:
    print('KeyError', e)
try:
    defaultdict(1)
except TypeError as e:
    print(e)
print(Counter('abca'), Counter(a=2) + Counter(a=1, b=1), Counter('aab').total(), list(Counter('aab').elements()))
o = OrderedDict.fromkeys('abc')
o.move_to_end('a'); print(list(o), o.popitem(last=False), o == OrderedDict(c=None, a=None))

# A subclass whose class makes something else.
class NoDeque(deque):
    pass


no_deque = NoDeque()
NoDeque.__new__ = lambda cls, *args, **kwargs: [42]
for use in (lambda: no_deque * 42, lambda: no_deque + deque([1]), lambda: no_deque.copy()):
    try:
        print(use())
    except TypeError as e:
        print(e)
