# What throw() and close() do on their way through generators that wait for each other, and what is said about
# awaitables that nobody awaits.
import sys
import types
import warnings


def outcome(f):
    try:
        return f()
    except BaseException as e:
        return f'{type(e).__name__}: {e}'


def stack(frame, depth):
    names = []
    while frame is not None and len(names) < depth:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names


# The generators in between are seen on the stack.
def inner():
    try:
        yield stack(sys._getframe(), 3)
    except KeyError:
        yield stack(sys._getframe(), 3)


def outer():
    yield from inner()


def drive(g):
    return next(g), g.throw(KeyError)


def with_generators():
    print(*drive(outer()))


with_generators()


class Receiver:
    def __iter__(self):
        return self

    def __next__(self):
        return stack(sys._getframe(), 3)

    def throw(self, *args):
        return stack(sys._getframe(), 3)


def delegating():
    yield from Receiver()


print(*drive(delegating()))


async def awaiting():
    return await middle()


async def middle():
    return await lowest()


@types.coroutine
def lowest():
    try:
        yield stack(sys._getframe(), 4)
    except ZeroDivisionError:
        yield stack(sys._getframe(), 4)


c = awaiting()
print(c.send(None), c.throw(ZeroDivisionError))
c.close()


# An exception that cannot be made: what is raised instead goes into the generator.
class NoException(Exception):
    def __new__(cls, *args):
        return 5


class Fails(Exception):
    def __init__(self, *args):
        raise ValueError('in __init__', args)


def catching():
    while True:
        try:
            yield
        except Exception as e:
            print('inside:', type(e).__name__, str(e).replace('__main__.', ''))


for args in [(NoException,), (NoException, 3), (Fails,), (Fails, (1, 2)), (5,), (KeyError(1), 2)]:
    g = catching()
    next(g)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        print(outcome(lambda: g.throw(*args)))
    print(g.gi_frame is not None)
g = (i for i in [1, 2])
next(g)
print(outcome(lambda: g.throw(NoException)), g.gi_frame)


# Methods that cannot be looked up.
class Broken:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def __getattr__(self, name):
        raise LookupError(name)

    def __repr__(self):
        return '<Broken>'


def waiting():
    yield from Broken()


sys.unraisablehook = lambda u: print('unraisable:', u.exc_type.__name__, u.err_msg, u.object)
for action in ['g.close()', 'g.throw(GeneratorExit)', 'g.throw(KeyError)']:
    g = waiting()
    next(g)
    print(action, outcome(lambda: eval(action)))


# __await__ must give an iterator.
def awaitable(result):
    class A:
        def __await__(self):
            return result
    return A()


async def await_it(x):
    return await x


for x in [None, [1], 5, awaitable(1)]:
    print(outcome(lambda: await_it(awaitable(x)).send(None)).replace('__main__.', ''))


# The values of coroutines come through their iterators.
async def value(x):
    return x


for x in [7, None, (1, 2)]:
    coroutine = value(x)
    print(outcome(lambda: next(coroutine.__await__())))
    print(outcome(lambda: await_it(awaitable(value(x).__await__())).send(None)))
coroutine = value(1)
print(outcome(lambda: next(coroutine)), list(coroutine.__await__()))


# anext() with a default.
class Steps:
    def __init__(self, step):
        self.step = step

    def __aiter__(self):
        return self

    def __anext__(self):
        return self.step()


@types.coroutine
def yielding():
    got = yield 1
    return got


async def returning():
    return 'returned'


async def ending():
    raise StopAsyncIteration


for step in [yielding, returning, ending, lambda: awaitable(iter('ab')), lambda: awaitable(None), lambda: 5]:
    a = outcome(lambda: anext(Steps(step), 'default'))
    print(outcome(lambda: next(a)), end=' | ')
    a = anext(Steps(step), 'default')
    print(outcome(lambda: a.send(None)), end=' | ')
    print(outcome(lambda: a.send('sent')), end=' | ')
    a = anext(Steps(step), 'default')
    print(outcome(lambda: a.throw(KeyError)), end=' | ')
    print(outcome(anext(Steps(step), 'default').close))


# What nobody awaited.
async def agen():
    yield 1


def warned(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        action()
    print([(w.category.__name__, str(w.message)) for w in caught])


g = agen()
for make in [lambda: g.asend(1), lambda: g.athrow(KeyError), lambda: g.aclose(), lambda: g.__anext__()]:
    warned(make)
warned(lambda: g.asend(None).close())
warned(lambda: value(1))
warned(lambda: value(1).close())
c = value(1)
warned(lambda: c.cr_frame.clear())
warned(lambda: c.close())
original = warnings._warn_unawaited_coroutine
warnings._warn_unawaited_coroutine = lambda c: 1 / 0
sys.unraisablehook = lambda u: print('unraisable:', u.exc_type.__name__, u.err_msg.partition(' at ')[0])
warned(lambda: value(1))
del warnings._warn_unawaited_coroutine
warned(lambda: value(1))
warnings._warn_unawaited_coroutine = original
with warnings.catch_warnings():
    warnings.simplefilter('error')
    value(1)


class NotGeneric:
    __class_getitem__ = None


print(outcome(lambda: NotGeneric[int]))
