# tiers: interp uops stencil llvm
# What sys.settrace and sys.setprofile report, jumps, and functions that were compiled before.
import sys
log=[]
def tracer(frame, event, arg):
    if event=='exception': arg=(arg[0].__name__, str(arg[1]))
    log.append((frame.f_code.co_name, frame.f_lineno-frame.f_code.co_firstlineno, event, repr(arg).split(' at ')[0]))
    return tracer
def run(f,*a):
    log.clear()
    sys.settrace(tracer)
    try:
        try: f(*a)
        finally: sys.settrace(None)
    except BaseException as e: print('raised', type(e).__name__, e)
    print(f.__name__)
    for l in log: print('  ', l)
def simple():
    x = 1
    y = 2
    return x + y
def one(): pass
lam = lambda: 3
def loop():
    for i in range(3):
        x = i
    else:
        y = 1
    while x: x -= 1
    return
def oneline():
    for i in range(2): pass
def gen():
    yield 1
    x = yield 2
    return 3
def usegen():
    for v in gen():
        pass
    g = gen(); next(g)
    try:
        g.throw(ValueError('x'))
    except ValueError: pass
    g2 = gen(); next(g2); g2.close()
def deleg():
    yield from gen()
def usedeleg(): list(deleg())
def exc():
    try:
        1/0
    except ZeroDivisionError as e:
        z = 1
    finally:
        w = 2
    try:
        inner()
    except KeyError:
        pass
    inner()
def inner():
    raise KeyError('k')
def multi():
    a = max(
        1,
        2,
    )
    b = [x for x in range(2)]
    c = {k: 1 for k in 'ab'}
    d = (a if
         a else b)
    return d
class CM:
    def __enter__(self): return self
    def __exit__(self, *a): return False
def withs():
    with CM() as c:
        x = 1
    with CM(), \
         CM():
        y = 2
def matchs(v=2):
    match v:
        case 1:
            a = 1
        case 2:
            a = 2
        case _:
            a = 3
    return a
def cls():
    class A:
        x = 1
        def f(self): return 1
    return A().f()
async def co():
    await aw()
async def aw():
    return 1
def useco():
    try: co().send(None)
    except StopIteration: pass
def hot():
    s = 0
    for i in range(6):
        s += one2(i)
    return s
def one2(i):
    return i
for i in range(300): one2(i); hot()
for f in (simple, one, lam, loop, oneline, usegen, usedeleg, exc, multi, withs, matchs, cls, useco, hot): run(f)
def bad(frame, event, arg):
    if event == 'line': raise ValueError('bad')
    return bad
sys.settrace(bad)
try: simple()
except ValueError as e: print('err', e, sys.gettrace())
# profile
def prof(frame, event, arg):
    log.append((frame.f_code.co_name, event, getattr(arg,'__name__',arg)))
log.clear()
def prog():
    len([1]); [].append(1); "a".join(['x']); int('3')
    try: len(3)
    except TypeError: pass
    simple()
    list(gen())
sys.setprofile(prof); prog(); sys.setprofile(None)
for l in log: print(l)
# jump
def jumper(frame, event, arg):
    if event=='line' and frame.f_lineno-frame.f_code.co_firstlineno==2 and not done:
        done.append(1); frame.f_lineno = frame.f_code.co_firstlineno+4
    return jumper
done=[]
def jumps():
    out=[1]
    out.append(2)
    out.append(3)
    out.append(4)
    return out
sys.settrace(jumper); r=jumps(); sys.settrace(None); print(r)
# local f_trace
def setter():
    f=sys._getframe(); f.f_trace=tracer; sys.settrace(tracer)
    a=1
    b=2
    sys.settrace(None)
log.clear(); setter(); print(log)
