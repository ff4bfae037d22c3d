# Sets: construction, membership, operators, methods. Sets are printed sorted, their order is nobody's business.
a = {3, 1, 2, 3}
b = set([2, 3, 4])
print(sorted(a), len(a), 2 in a, 9 in a, set(), {5}, frozenset(), frozenset([7]))
print(sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), a <= b, {2, 3} < b, a >= {1}, a == {1, 2, 3}, a != b)
print(sorted(a.union([9], "x") - {"x"}), sorted(a.intersection(range(3))), sorted(a.difference([1])), sorted(a.symmetric_difference([1, 7])))
a.add(10)
a.add(10)
a.discard(1)
a.discard(99)
a.remove(2)
a.update([20, 21], {22})
print(sorted(a), a.isdisjoint({5}), {3}.issubset(a), a.issuperset([3, 10]))
a |= {100}
a &= {100, 10, 3}
a -= {3}
a ^= {10, 11}
print(sorted(a), sorted(a.copy()), {1, 1.0, True}, len({"a", b"a", 1, "1", None, (1,)}))
single = {42}
print(single.pop(), single, sorted({x % 3 for x in range(10)}), sorted(set("hello")))
attempts = [
    lambda: set().pop(),
    lambda: {1}.remove(2),
    lambda: {[]},
    lambda: {1} | [2],
    lambda: a[0],
    lambda: hash({1}),
    lambda: set(5),
    lambda: {1} + {2},
]
for attempt in attempts:
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
f = frozenset([1, 2])
print(hash(f) == hash(frozenset([2, 1])), {f: 1}[frozenset([2, 1])], f | {3} == {1, 2, 3}, type(f | {3}).__name__, type({3} | f).__name__)
