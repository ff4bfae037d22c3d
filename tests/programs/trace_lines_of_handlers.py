# Line events of code that begins behind instructions without a line, of generators that are closed, and of generator
# expressions that builtins take.
import sys
import warnings


def finally_alone():
    try:
        1 / 0
    finally:
        "finally"


def nested():
    try:
        try:
            3
        except:
            5
        else:
            7
            raise KeyError
        finally:
            10
    except:
        12
    finally:
        14


def with_statement():
    import contextlib
    with contextlib.suppress(KeyError):
        raise KeyError
    return 1


def generator():
    try:
        yield True
        "continued"
    finally:
        "finally"


def closed():
    x = generator()
    next(x)
    x.close()


def expressions():
    a = set(x + 1 for x in range(2))
    b = list(
        x
        for x in range(2)
        if x)
    c = tuple(y for y in 'ab')
    d = sum(x for x in range(2))
    e = any(x > 5 for x in range(2))
    return a, b, c, d, e


def loops():
    for i in range(2):
        if i:
            continue
        i
    while i:
        i -= 1
    else:
        i = 5
    match i:
        case 1:
            pass
        case 5:
            i = 6


events = []


def tracer(frame, event, arg):
    if frame.f_code.co_filename == __file__:
        events.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


def traced(f):
    events.clear()
    sys.settrace(tracer)
    try:
        f()
    except ZeroDivisionError:
        pass
    finally:
        sys.settrace(None)
    for e in events:
        print(*e)


for f in [finally_alone, nested, with_statement, closed, expressions, loops] * 2:
    print(f.__name__)
    traced(f)

# The contexts of what is thrown in.


def chain(e):
    out = []
    while e is not None and len(out) < 8:
        out.append(e.args[0])
        e = e.__context__
    return out


def plain():
    yield


def raising(e):
    try:
        yield
    finally:
        raise e


def handling():
    try:
        raise Exception('handled')
    except Exception:
        yield


for make in [plain, lambda: raising(Exception('inside')), handling]:
    for started in [False, True]:
        for context in [None, Exception('own')]:
            thrown = Exception('thrown')
            thrown.__context__ = context
            g = make()
            if started:
                next(g)
            try:
                raise Exception('around')
            except Exception:
                try:
                    g.throw(thrown)
                except Exception as e:
                    print(started, chain(e))

# The table of lines as it once was.
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    for f in [finally_alone, nested, closed, expressions, loops, traced]:
        print(f.__code__.co_lnotab)
    exec(compile('x = 1' + '\n' * 300 + 'y = [' + '1,' * 400 + ']\nz = (\n' + '\n' * 200 + '1 +\nx)', 'x', 'exec'))
    print(compile('x = 1' + '\n' * 300 + 'y(' + 'a,' * 400 + ')\nz = (\n' + '\n' * 200 + 'a +\nx)', 'x', 'exec').co_lnotab)
print({str(w.message) for w in caught}, {w.category for w in caught})

# What sys.exit() makes of its argument, and other answers of sys.
for status in [1, (1,), (1, 2), (), None, [1], 'x', (None,)]:
    try:
        sys.exit(status)
    except SystemExit as e:
        print(e.args, e.code)


class Text(str):
    pass


for f in [sys._is_interned, sys.intern, sys.__unraisablehook__]:
    for v in [1, Text('x'), ValueError(1), None]:
        try:
            print(f(v) and 'fine')
        except TypeError as e:
            print(e)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    sys._clear_type_cache()
print(caught[0].message)
