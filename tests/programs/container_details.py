"""Details of the built-in types that CPython's own tests ask for."""
import array
import copy
import gc
import pickle
import warnings


def t(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


# A cell that a running function shares with garbage keeps its value.
def shared_cell():
    done = False

    def wrapper():
        class A(list):
            def __del__(self):
                nonlocal done
                done = True
                try:
                    next(it)
                except StopIteration:
                    pass

        it = iter(A())
        try:
            next(it)
        except StopIteration:
            pass

    wrapper()
    gc.collect()
    return done


t(shared_cell)


# State in slots, with and without all of them set.
class BA(bytearray):
    __slots__ = ('x', 'y', '__dict__')


class ST(set):
    __slots__ = ('x', 'y', '__dict__')


for cls in BA, ST:
    a = cls([1, 2])
    a.x = 5
    a.z = 6
    for b in (copy.copy(a), *(pickle.loads(pickle.dumps(a, p)) for p in range(2, 6))):
        print(b, b.x, b.z, hasattr(b, 'y'))

for thing in ({}.keys(), {}.items(), (i for i in ()), memoryview(b'')):
    t(lambda: copy.copy(thing))


# Arguments that run Python code while a bytearray is looked at.
class Evil:
    def __init__(self, ba):
        self.ba = ba

    def __index__(self):
        self.ba.clear()
        return 65


class Sep(bytes):
    def __len__(self):
        ba.clear()
        return 1


for name in 'find', 'count', 'index', 'rindex', 'rfind':
    ba = bytearray(b'A')
    t(lambda: getattr(ba, name)(Evil(ba)))
ba = bytearray(b'A')
t(lambda: Evil(ba) in ba)
t(lambda: ba.hex(Sep(b':')))
mv = memoryview(ba)
t(lambda: mv.hex(Sep(b':')))
t(lambda: ba.resize(1))
t(lambda: ba.resize(2))
del mv
for source in ([256] * 3, (-1,), [0, 1000], (n for n in (1, 300))):
    ba = bytearray(b'abc')
    t(lambda: ba.__init__(source))
    print(ba)
ba = bytearray(b'xyz')


def growing():
    for i in range(3):
        yield i
        print(ba)


ba.__init__(growing())
print(ba)


# Memory that a Python class offers.
class Lender:
    def __init__(self):
        self.memory = bytearray(b'lent')

    def __buffer__(self, flags):
        print('lend')
        return memoryview(self.memory)

    def __release_buffer__(self, view):
        print('release', bytes(view))
        view.release()


lender = Lender()
print(b''.join([b'a', lender, b'c']), bytes(lender), bytearray(b'x') + lender, b'e' in b'lent', lender in b'a lent b')
with memoryview(lender) as m:
    m[0] = 76
    t(lambda: lender.memory.append(1))
lender.memory.append(33)
print(lender.memory)


class Bad:
    def __buffer__(self, flags):
        return 5


t(lambda: bytes(memoryview(Bad())))
print(b'ab'.__buffer__(0).tolist(), bytes(bytearray(b'q').__buffer__(0)))


class E(array.array):
    def __hash__(self):
        held.release()
        return 1


held = memoryview(E('B', b'abc')).toreadonly()
t(lambda: hash(held))


# Strings.
class S(str):
    def __str__(self):
        return 'str of S'


class R:
    def __repr__(self):
        return S('<r>')


print(type(ascii(R())).__name__, '{}'.format(S('s')), format(S('s'), ''), f'{S("s"):}', f'{S("s"):>3}')
text = 'abcdef'
print(text.__getnewargs__(), text.__getnewargs__()[0] is text)
t(lambda: str(b'x', 'ascii', 'strict', errors='strict'))
t(lambda: str(1, 2, 3, 4))
t(lambda: type(iter(''))())
t(lambda: type(iter('é'))())


class PseudoFloat:
    def __float__(self):
        return 1.0


t(lambda: '%c' % PseudoFloat())
t(lambda: b'%c' % PseudoFloat())
t(lambda: '%*d' % (-2 ** 63, 1))
for s in 'A\u2262\u0391.', 'Hi Mom -\u263a-!', '+', '+-', '\\\\?', '\U000abcde', '\ud801\U000abcde', '~a\xff-b', '\n\t\0':
    coded = s.encode('utf-7')
    print(coded, ascii(coded.decode('utf-7')))
for data in b'+\xc1', b'+@', b'a\xffb', b'+2AE', b'+2AEx', b'+AA-', b'+AB-', b'+2AF-', b'+AAB-', b'+AAAA', b'+', b'+-x', b'+2m/c3g-':
    for errors in 'strict', 'replace', 'ignore':
        t(lambda: data.decode('utf-7', errors))

# Template strings.
template = t'a{1 + 1!r:x}b'
for p in range(6):
    again = pickle.loads(pickle.dumps(template, p))
    print(again.strings, again.values, again.interpolations[0].expression, again.interpolations[0].conversion)


# Numbers by their methods.
class I(int):
    pass


class Index:
    def __index__(self):
        return I(3)


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    print([0, 1, 2, 3][Index()], bin(Index()))
    print(sorted({str(w.message) for w in caught}))

# Joining what changes, extending while the contents change, views that are released by an index.
class Item:
    def __init__(self, change):
        self.change = change

    def __buffer__(self, flags):
        self.change()
        return memoryview(b'x')


parts = []
parts[:] = [b'a', Item(parts.clear), b'c']
t(lambda: b'-'.join(parts))
parts[:] = [b'a', Item(lambda: parts.__setitem__(1, b'z')), b'c']
t(lambda: bytearray(b'-').join(parts))
ba = bytearray(b'x' * 4)
ba.extend(Item(lambda: ba.extend(b'yy')))
print(ba)
ba.extend(Item(ba.clear))
print(ba)


class Release:
    def __index__(self):
        mv.release()
        return 2


mv = memoryview(bytearray(b'abcd'))
t(lambda: mv[:Release()].tobytes())
mv = memoryview(bytearray(b'abcd'))
t(lambda: mv[Release()])
mv = memoryview(bytearray(b'abcd'))
t(lambda: mv.__setitem__(0, Release()))
mv = memoryview(bytearray(b'abcd'))
t(lambda: mv.__setitem__((slice(1), slice(2)), 1))
t(lambda: mv.__setitem__((slice(1), 0), 1))
t(lambda: mv[slice(1), slice(2)])


# The variables of a comprehension in a class body, seen through the frame.
import operator
import sys


class Body:
    inside = [sys._getframe().f_locals['a'] for a in [0]]
    after = 'a' in [sys._getframe().f_locals for a in [0]][0]
    names = [[k for k in sys._getframe().f_locals if not k.startswith('__')] for a in [0]]
    kind = type(sys._getframe().f_locals)


print(Body.inside, Body.after, Body.names, Body.kind)
for getter in operator.itemgetter(1), operator.attrgetter('a'), operator.methodcaller('m'):
    print(getter.__text_signature__, type(getter).__text_signature__)
