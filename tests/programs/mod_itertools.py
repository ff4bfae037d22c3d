# itertools: every function, with its edges.
from itertools import *

print(list(islice(count(10, 2), 4)), count(3), count(1, 2), next(count(1.5)))
print(list(islice(cycle('ab'), 5)), list(cycle('')), repeat('x', 2), list(repeat(1, 3)))
print(list(accumulate([1, 2, 3, 4])), list(accumulate([3, 1, 4], max)), list(accumulate([1], initial=100)))
print(list(chain('ab', [1])), list(chain.from_iterable(['cd', 'e'])), list(chain()))
print(list(compress('abcd', [1, 0, 1])), list(dropwhile(lambda x: x < 3, [1, 3, 2])))
print(list(takewhile(lambda x: x < 3, [1, 3, 2])), list(filterfalse(None, [0, 1, '', 2])))
print([(k, list(g)) for k, g in groupby('aabbbc')], [(k, len(list(g))) for k, g in groupby([1, 3, 2], lambda x: x % 2)])
print(list(islice('abcdef', 3)), list(islice('abcdef', 1, None, 2)), list(islice('abc', 5, 9)))
print(list(starmap(pow, [(2, 5), (3, 2)])), list(pairwise('abcd')), list(pairwise('a')))
print(list(zip_longest('ab', 'x', fillvalue='-')), list(zip_longest()), list(batched('abcdefg', 3)))
print(list(product('ab', [1, 2])), list(product()), list(product('ab', repeat=2)), list(product([], 'a')))
print(list(permutations('abc', 2)), list(permutations([1, 2, 3]))[-1], list(permutations('a', 2)))
print(list(combinations('abcd', 2)), list(combinations('ab', 3)), list(combinations('ab', 0)))
print(list(combinations_with_replacement('ab', 2)), list(combinations_with_replacement('', 1)))
a, b = tee([1, 2, 3])
print(next(a), next(a), list(b), list(a), tee([], 0))
c, d = tee(iter('xyz'))
next(c)
print(list(c.__copy__()), list(d))
for call in ['islice([], -1)', 'islice([], 0, 1, 0)', 'combinations([], -1)', 'batched([], 0)', 'list(batched([1], 2, strict=True))',
             'count("x")', 'tee([], -1)', 'list(chain(1))', 'product(repeat=-1)', 'zip_longest(x=1)', 'repeat()',
             'groupby()', 'accumulate(5)', 'list(accumulate([1, "a"]))', 'repeat(1, times="x")', 'pairwise(1, 2)']:
    try:
        print(call, eval(call))
    except Exception as e:
        print(call, type(e).__name__, e)
g = groupby([1, 1, 2])
k, first = next(g)
next(g)
print(k, list(first))
print(type(count()), type(chain()), isinstance(iter(cycle([])), cycle))
