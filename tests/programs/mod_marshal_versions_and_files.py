"""marshal: older versions of the format, references inside of tuples, sets in order, files that are read in place."""
import io
import marshal


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except Exception as e:
        print(type(e).__name__, e)


print('-- versions')
for version in range(3):
    for v in (1.5, 0.1, float('nan'), 2 - 1e300j, 'abc', 'é', (), (1, 'a'), 10**20, 'x' * 5, 2**31, -2**31 - 1):
        print(version, marshal.dumps(v, version))
for version in range(6):
    for v in (0.1, float('inf'), 3 - 0.5j, 'abc', 'é\ud800', (1,) * 300, [1, {2: 3}], {'a'}, b'x', None):
        assert repr(marshal.loads(marshal.dumps(v, version))) == repr(v), (version, v)
    show(marshal.dumps, slice(1), version) if version < 5 else print(marshal.loads(marshal.dumps(slice(1, None, 2))))

print('-- sets')
print(marshal.dumps({3, 1, 2, 'b', 'a', b'c'}, 2) == marshal.dumps(frozenset([b'c', 'a', 'b', 2, 1, 3]), 2).replace(b'>', b'<'))


class Changing:
    def __hash__(self):
        return 0

    def __buffer__(self, flags):
        changing.update(range(1000, 1400))
        return memoryview(b'abc')


changing = {Changing()}
changing.update(range(1, 60))
show(marshal.dumps, changing)

print('-- loops')
t = ([],)
t[0].append(t)
u = marshal.loads(marshal.dumps(t))
print(u[0][0] is u, u)
for data in (b'\xa8\x01\0\0\0{Nr\0\0\0\x000', b'\xbc\x01\0\0\0r\0\0\0\0', b'\xbe\x01\0\0\0r\0\0\0\0', b'r\x05\0\0\0',
             b'\xa9\x02[\x01\0\0\0r\0\0\0\0r\0\0\0\0'):
    show(marshal.loads, data)


def nest(n, *leaf):
    head = last = []
    for _ in range(n - 1):
        last.append([])
        last = last[-1]
    last.extend(leaf)
    return head


for n, leaf in ((1999, (0,)), (2000, ()), (2000, (0,)), (2001, ())):
    try:
        print(n, leaf, len(marshal.loads(marshal.dumps(nest(n, *leaf)))))
    except ValueError as e:
        print(n, leaf, e)

print('-- code')
code = compile('1', '', 'eval')
show(marshal.dumps, code, allow_code=False)
show(marshal.loads, marshal.dumps(code), allow_code=False)
show(marshal.load, io.BytesIO(marshal.dumps([code])), allow_code=False)
print(eval(marshal.load(io.BytesIO(marshal.dumps(code)))))

print('-- files')


class Reader:
    """No more than is needed is taken, so that it may be a pipe."""

    def __init__(self, data, answer=None):
        self.file, self.asked, self.answer = io.BytesIO(data), [], answer

    def read(self, n=-1):
        return self.file.read(n)

    def readinto(self, buffer):
        self.asked.append(len(buffer))
        n = self.file.readinto(buffer)
        return n if self.answer is None else self.answer


value = {'a': (1, 2.5, -3), 'é': [b'x' * 300, frozenset([1])], None: {True: ...}}
reader = Reader(marshal.dumps(value, 2) + b'rest')
print(marshal.load(reader) == value, reader.read(), reader.asked)
both = Reader(marshal.dumps(value) + marshal.dumps(code) + marshal.dumps('end'))
print(marshal.load(both) == value, eval(marshal.load(both)), marshal.load(both))
for data, answer in ((b'', None), (b'i\1', None), (b'z\x05ab', None), (b'(\1\0', None), (b'?', None), (b'N', 7), (b'N', 'x')):
    show(marshal.load, Reader(data, answer))
show(marshal.load, io.StringIO('N'))
show(marshal.load, object())
