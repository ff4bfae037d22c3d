# Which events sys.monitoring tells, and what it refuses.
import sys

m = sys.monitoring
E = m.events
NAMES = [n for n in vars(E) if n not in ("BRANCH", "NO_EVENTS")]


def shown(x):
    return x if isinstance(x, (int, str)) else ".." if x is m.MISSING else type(x).__name__


def trace(f, events, local=False):
    out = []
    for name in NAMES:
        bit = getattr(E, name)

        def told(code, *args, name=name):
            if code.co_name != "trace":
                out.append((name, code.co_name) + tuple(shown(a) for a in args))

        m.register_callback(2, bit, told if bit & events or name[:2] == "C_" else None)
    if local:
        m.set_local_events(2, f.__code__, events)
    else:
        m.set_events(2, events)
    try:
        f()
    except BaseException as e:
        out.append(repr(e))
    finally:
        m.set_events(2, 0)
        m.set_local_events(2, f.__code__, 0)
    print(f.__name__)
    for o in out:
        print("  ", *o)


def calls():
    def inner(a, b=2):
        return a

    inner(1)
    inner(*[1, 2])
    len([])
    str.upper("a")
    "a".upper()
    max([1, 2], key=lambda v: v)
    try:
        int("x")
    except ValueError:
        pass


def loop():
    for i in range(3):
        if i == 1:
            continue
        x = i and (i or 2)
    while x:
        x -= 1


def generators():
    def g():
        try:
            x = yield 1
        except KeyError:
            yield 2

    def outer():
        yield from g()

    it = outer()
    next(it)
    it.throw(KeyError)
    it.close()
    for v in g():
        pass


def errors():
    def inner():
        raise KeyError

    try:
        try:
            inner()
        finally:
            x = 1
    except (KeyError, ValueError) as e:
        pass
    inner()


def attributes():
    class A:
        def method(self):
            return 1

    class B(A):
        def method(self):
            return super().method()

    B().method()


def one_line(): return 1


m.use_tool_id(2, "test")
CODE = E.LINE | E.PY_START | E.PY_RETURN
for f in calls, loop, generators, errors, attributes, one_line:
    trace(f, E.LINE)
    trace(f, E.CALL | E.PY_START | E.PY_RETURN | E.PY_YIELD | E.PY_RESUME)
    trace(f, E.BRANCH_LEFT | E.BRANCH_RIGHT | E.JUMP)
    trace(f, E.RAISE | E.RERAISE | E.EXCEPTION_HANDLED | E.PY_UNWIND | E.PY_THROW)
trace(loop, E.INSTRUCTION | E.LINE, local=True)
trace(calls, CODE | E.CALL, local=True)

# DISABLE, and events that cannot be disabled.
seen = []


def once(code, *args):
    seen.append((code.co_name, *args))
    return m.DISABLE


m.register_callback(2, E.LINE, once)
for _ in range(2):
    m.set_local_events(2, loop.__code__, E.LINE)
    loop()
    loop()
    print(len(seen), len(set(seen)))
    m.restart_events()
m.set_local_events(2, loop.__code__, 0)
m.register_callback(2, E.RAISE, once)
m.set_events(2, E.RAISE)
try:
    [][1]
except ValueError as e:
    print(e)
m.set_events(2, 0)
print(m.register_callback(2, E.RAISE, None))
print([*loop.__code__.co_branches()])


def t(f, *args):
    try:
        result = f(*args)
    except BaseException as e:
        result = (type(e).__name__, str(e))
    print(f.__name__, [shown(a) for a in args], result)


code = loop.__code__
t(m.get_events, 0)
t(m.get_events, 6)
t(m.set_events, 0, 1)
t(m.set_events, 0, -1)
t(m.set_events, 2, 1 << 19)
t(m.set_events, 2, E.C_RETURN)
t(m.set_events, 2, E.CALL | E.C_RETURN | E.C_RAISE)
t(m.get_events, 2)
t(m._all_events)
t(m.set_events, 2, E.BRANCH)
t(m._all_events)
t(m.set_events, 2, 0)
t(m.get_tool, 0)
t(m.get_tool, 2)
t(m.use_tool_id, 2, "other")
t(m.use_tool_id, 3, 1)
t(m.register_callback, 2, 3, None)
t(m.register_callback, 2, 1 << 19, None)
t(m.set_local_events, 2, 1, 1)
t(m.set_local_events, 0, code, 1)
t(m.set_local_events, 2, code, E.RAISE)
t(m.set_local_events, 2, code, E.BRANCH)
t(m.get_local_events, 2, code)
t(m.free_tool_id, 2)
t(m.get_tool, 2)
t(m.set_events, 2, 1)
print(E)
