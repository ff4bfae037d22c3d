# marshal: values and code objects there and back.
import marshal

def same(value):
    back = marshal.loads(marshal.dumps(value))
    return type(back) is type(value) and back == value or (back, value)

for value in [None, True, False, ..., 0, -1, 2**31, -2**31, 2**62, 2**100, -2**77, 1.5, float('inf'), 1j, '', 'abc', 'ä', '\U0001F40D',
              '\ud800', b'', b'\x00\xff', (), (1,), (1, (2, 3)), [], [1, [2]], {}, {'a': [1], 2: None}, set(), {1, 2}, frozenset('ab'),
              slice(1, 2, None), tuple(range(300)), 'x' * 300]:
    print(same(value), end=' ')
print()
code = compile('def f(x, *a, y=2, **k):\n    return [x + z for z in a] + [y, k]\nr = f(1, 2, 3)', '<m>', 'exec')
copy = marshal.loads(marshal.dumps(code))
namespace = {}
exec(copy, namespace)
print(namespace['r'], copy == code, copy.co_filename)
for data in [b'', b'i', b'?', b'(\xff\xff\xff\xff', b'r\x05\0\0\0', b'0', b'[\x02\0\0\0N']:
    try:
        print(marshal.loads(data))
    except Exception as e:
        print(type(e).__name__, e)
for value in [object(), int, [object()]]:
    try:
        marshal.dumps(value)
    except ValueError as e:
        print(e)
print(marshal.version)
