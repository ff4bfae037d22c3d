# The modules that nearly every program uses import and work.
import re, collections, functools, itertools, os, typing, dataclasses, contextlib, argparse, json

print(re.sub(r'(\w+)@(\w+)', r'\2 at \1', 'me@here, you@there'))
print(re.findall(r'\d+', 'a1b22c333'), re.split(r'[,;]', 'a,b;c'))
m = re.match(r'(?P<year>\d{4})-(?P<month>\d\d)', '2024-05-06')
print(m.groupdict(), m.span('month'), m[1], m)
print(re.compile('ä+').search('xää').span(), re.fullmatch('a*', 'aab'))

print(collections.Counter('mississippi').most_common(2))
print(collections.OrderedDict(a=1, b=2), collections.deque([1, 2, 3], maxlen=2))
d = collections.defaultdict(list)
d['x'].append(1)
print(d)
Point = collections.namedtuple('Point', 'x y')
print(Point(1, 2), Point(1, 2)._replace(x=5))
print(collections.ChainMap({'a': 1}, {'a': 2, 'b': 3})['b'])

@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

print(fib(30), fib.cache_info())
print(functools.reduce(lambda a, b: a * b, range(1, 6)), functools.partial(int, base=2)('101'))

@functools.singledispatch
def kind(x):
    return 'object'

@kind.register
def _(x: int):
    return 'int'

print(kind(1), kind('a'))

print(os.path.join('a', 'b'), os.path.normpath('a//b/../c'), os.path.splitext('x.tar.gz'), os.sep)
print(os.fspath('p'), isinstance(os.environ, dict), 'PATH' in os.environ)

T = typing.TypeVar('T')
class Box(typing.Generic[T]):
    pass
print(Box[int], typing.Optional[int], typing.get_type_hints(lambda: 0))

@dataclasses.dataclass(order=True)
class Item:
    name: str
    price: float = 1.5
    tags: list = dataclasses.field(default_factory=list)

print(Item('a'), Item('a') < Item('b'), dataclasses.asdict(Item('c', 2)))

@contextlib.contextmanager
def scope(name):
    print('enter', name)
    try:
        yield name
    finally:
        print('leave', name)

with scope('s') as s:
    print(s)
with contextlib.suppress(KeyError):
    {}['x']

p = argparse.ArgumentParser(prog='prog')
p.add_argument('--count', type=int, default=3)
p.add_argument('files', nargs='*')
print(p.parse_args(['--count', '5', 'a', 'b']))

print(json.dumps({'a': [1, 2.5, None, True], 'ü': 'x\n'}, sort_keys=True), json.loads('{"k": [1, {"z": null}]}'))
print(json.dumps([1, {'b': 2}], indent=2))
