"""OrderedDict: order, what it calls of subclasses, complaints, views and iterators."""
import random
from collections import OrderedDict


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


print('-- construction and update')
for args in ((1, 2), (1,), ([1],), ([()],), ([(1,)],), ([(1, 2, 3)],), ([(1, 2), 'ab'],), ({'a': 1},)):
    show(OrderedDict, *args)
show(OrderedDict().update, 1, 2)
show(OrderedDict, [('b', 1)], a=2)


class HasKeys:
    def keys(self):
        return iter('xy')

    def __getitem__(self, key):
        return key * 2


class HasItems:
    def items(self):
        return [(1, 2)]


show(OrderedDict, HasKeys())
show(OrderedDict, HasItems())

print('-- order')
o = OrderedDict(a=1, b=2, c=3, d=4)
o.move_to_end('a')
o.move_to_end(key='c', last=False)
print(o, list(reversed(o)), o.popitem(), o.popitem(last=False), o)
for f in (o.popitem, OrderedDict().popitem, lambda: o.pop('zz'), lambda: o.move_to_end('zz'),
          lambda: OrderedDict().move_to_end(1), lambda: o.pop(key='zz', default=5),
          lambda: o.setdefault(key='q', default=2), lambda: o.setdefault('r')):
    show(f)
print(o == OrderedDict(reversed(o.items())), o == dict(reversed(o.items())), o != {}, o == 1)
show(lambda: OrderedDict() < OrderedDict())
show(hash, OrderedDict())
show(OrderedDict.fromkeys, 'ab', value=3)

print('-- subclasses')


class Counting(OrderedDict):
    calls = 0

    def __setitem__(self, key, value):
        self.calls += 1
        super().__setitem__(key, value)


c = Counting(a=1)
c['b'] = 2
c.update(x=1)
c |= {'y': 2}
print(c, c.calls, type(c.copy()), c.copy().calls, type(c | {}), type({} | c), type(OrderedDict() | c))
c.note = 'n'
print(c.__reduce__()[:4], vars(c.copy()))
plain = OrderedDict(a=1)
plain.x = 5
print(plain.__reduce__()[:4], vars(plain), vars(plain.copy()), plain | {'b': 2}, {'b': 2} | plain)
plain['self'] = plain
print(plain)
show(setattr, OrderedDict, 'x', 1)

print('-- views and iterators')
o = OrderedDict(a=1, b=2)
print(o.keys(), o.values(), o.items(), type(o.keys()).__mro__, type(iter(o)), type(reversed(o.items())))
print(o.keys() & {'a'}, o.keys() == {'a', 'b'}, o.items() ^ {('a', 1)}, ('b', 2) in o.items())
print(list(reversed(o.keys())), list(reversed(o.values())), list(reversed(o.items())))
it = iter(o.items())
next(it)
print(it.__reduce__())
show(type(o.keys()))
for change in (lambda: o.update(z=1), lambda: o.popitem(), lambda: o.move_to_end('a'), o.clear):
    o = OrderedDict(a=1, b=2, c=3)
    it = iter(o)
    next(it)
    change()
    show(next, it)
    show(next, it, 'ended')


class Clearing:
    def __init__(self, target):
        self.target = target

    def __hash__(self):
        return 1

    def __eq__(self, other):
        self.target.clear()
        return False


o = OrderedDict()
o[1] = 1
o[Clearing(o)] = 2
o.update({1: 1, Clearing(o): 3})
print(len(o))

print('-- against a list')
rng = random.Random(7)
o, model = OrderedDict(), []
for step in range(12000):
    k, op = rng.randrange(30 if step % 3000 < 1500 else 300), rng.randrange(7)
    if op < 2:
        o[k] = step
        if k not in model:
            model.append(k)
    elif op == 2 and model:
        last = bool(rng.randrange(2))
        assert o.popitem(last=last)[0] == (model.pop() if last else model.pop(0))
    elif k in model:
        model.remove(k)
        if op == 3:
            o.move_to_end(k)
            model.append(k)
        elif op == 4:
            o.move_to_end(k, last=False)
            model.insert(0, k)
        else:
            del o[k]
    if step % 40 == 0:
        assert list(o) == model and list(reversed(o)) == model[::-1] and all(x in o for x in model)
print(len(o), len(model))


class LRU(OrderedDict):
    def __getitem__(self, key):
        value = super().__getitem__(key)
        self.move_to_end(key)
        return value

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        if len(self) > 3:
            del self[next(iter(self))]


lru = LRU()
for i in range(200):
    lru[i % 5] = i
    lru.get(i % 3)
    if i % 2 and 1 in lru:
        lru[1]
print(lru)
