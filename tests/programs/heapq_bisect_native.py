# _heapq and _bisect: results, and what they refuse.
import _bisect
import _heapq
import random


class S:
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return i

    def __repr__(self):
        return type(self).__name__


class G(S):
    __len__ = None


class L:
    def __len__(self):
        return 3

    def __repr__(self):
        return "L"


class Double(list):
    def insert(self, i, x):
        print("insert", i, x)
        super().insert(i, x)


def name(x):
    return "function" if callable(x) else x


def t(f, *args, **keywords):
    try:
        result = f(*args, **keywords)
    except BaseException as e:
        result = (type(e).__name__, str(e))
    print(f.__name__, [name(a) for a in args], {k: name(v) for k, v in keywords.items()}, result)


for f in _bisect.bisect_left, _bisect.bisect_right:
    for x in range(6):
        print(f([1, 1, 2, 2, 4], x), f([1, 1, 2, 2, 4], x, 2, 4), f([-1, -2, -4], -x, key=lambda v: -v), end="; ")
    print()
    t(f)
    t(f, [1])
    t(f, 1, 2)
    t(f, [1, 2], "a")
    t(f, [1, 2], 1, -1)
    t(f, [1, 2], 1, 0, None)
    t(f, [1, 2], 1, 0, -1)
    t(f, [1, 2], 3, 0, 10)
    t(f, S(), 1)
    t(f, G(), 1, 0, 5)
    t(f, L(), 1)
    t(f, [1], 1, "a")
    t(f, [1], 1, 0, "a")
    t(f, [1], 1, 0, 1, 1)
    t(f, [1], 1, key=3)
    t(f, a=[1], x=1)
    t(f, [1], 1, 2**70)
    t(f, range(10**18), 10**17 + 3)
for f in _bisect.insort_left, _bisect.insort_right:
    values = [1, 2.0, 2, 3]
    f(values, 2)
    f(values, 2.5, 1, 3)
    f(values, -5, key=abs)
    print(values)
    t(f, (1,), 1)
    t(f, S(), 1)
    t(f, Double([1, 3]), 2)
h = _heapq
rng = random.Random(5)
for push, pop, heapify, replace, pushpop, order in (
    (h.heappush, h.heappop, h.heapify, h.heapreplace, h.heappushpop, 1),
    (h.heappush_max, h.heappop_max, h.heapify_max, h.heapreplace_max, h.heappushpop_max, -1),
):
    values = [rng.randrange(1000) for _ in range(200)]
    heap = []
    for v in values:
        push(heap, v)
    other = values[:]
    heapify(other)
    assert [pop(heap) for _ in values] == [pop(other) for _ in values] == sorted(values)[::order]
    heap = values[:20]
    heapify(heap)
    print(heap, replace(heap, 500), pushpop(heap, 400), pushpop(heap, 1 if order == 1 else 1000), heap)
    t(push, 1, 1)
    t(push, ())
    t(push, [])
    t(pop, [])
    t(pop, ())
    t(replace, [], 1)
    t(pushpop, [], 1)
    t(pushpop, (), 1)
    t(heapify, 1)
    t(heapify, [1, "a"])
    t(push, list=[])
    heap = []

    class Evil(int):
        def __lt__(self, other):
            heap.append(Evil(0))
            return NotImplemented

    heap.extend(map(Evil, range(5)))
    for f in heapify, pop:
        try:
            f(heap)
        except RuntimeError as e:
            print(e)
