# Frames behind tracebacks, recursion limits, contexts and causes, except*, wrong raises.
import sys
# reference counts, frames and tracebacks
def f():
    x = object()
    1/0
try: f()
except ZeroDivisionError as e:
    tb = e.__traceback__
    fr = tb.tb_next.tb_frame
    print(fr.f_code.co_name, sorted(fr.f_locals), fr.f_lineno, tb.tb_lineno, fr.f_back.f_code.co_name, tb.tb_next.tb_lasti > 0)
    print(fr.f_back is tb.tb_frame, fr.f_back is sys._getframe())
    fr.clear(); print(sorted(fr.f_locals))
    try: tb.tb_next = tb
    except ValueError as e2: print(e2)
    tb.tb_next = None; print(tb.tb_next)
class D:
    def __del__(self): print("del", self.n)
    def __init__(self, n): self.n = n
def g():
    a = D("a")
    raise ValueError
try: g()
except ValueError: print("handled")
print("after")
def keep():
    a = D("kept")
    return sys._getframe()
fr = keep(); print(fr.f_locals['a'].n, fr.f_lineno); del fr; print("gone")
def outer():
    y = 5
    def inner():
        return sys._getframe(1).f_locals
    return inner()
print(outer()['y'])
def writes():
    z = 1
    sys._getframe().f_locals['z'] = 9
    return z
print(writes())
def cellwrite():
    z = 1
    def h(): return z
    sys._getframe().f_locals['z'] = 7
    return h(), z
print(cellwrite())
def gen():
    loc = 1
    yield sys._getframe()
it = gen(); fr = next(it); print(fr is it.gi_frame, fr.f_back, fr.f_locals); 
try: fr.clear()
except RuntimeError as e: print(e)
list(it); print(fr.f_lineno, fr.f_locals)
try: sys._getframe().clear()
except RuntimeError as e: print(e)
def rec(n): return rec(n+1)
try: rec(0)
except RecursionError as e: print(e, e.__traceback__ is not None)
class R:
    def __repr__(self): return repr(self)
try: repr(R())
except RecursionError as e: print("rec", str(e)[:32])
class G:
    def __getattr__(self, n): return getattr(self, n)
try: G().x
except RecursionError as e: print("rec2", str(e)[:32])
sys.setrecursionlimit(200)
def depth(n):
    try: return depth(n+1)
    except RecursionError: return n
print(150 < depth(0) <= 200)
sys.setrecursionlimit(1000)
# context and cause
try:
    try: raise KeyError(1)
    finally: raise ValueError(2)
except ValueError as e: print(repr(e.__context__), e.__cause__, e.__suppress_context__)
try:
    try: 1/0
    except Exception as e: raise e
except Exception as e: print(e.__context__)
try: raise ValueError from 3
except TypeError as e: print(e)
try: raise 3
except TypeError as e: print(e)
try: raise ValueError from KeyError
except ValueError as e: print(repr(e.__cause__))
try: raise
except RuntimeError as e: print(e)
class Bad(Exception):
    def __new__(cls): return 3
try: raise Bad
except TypeError as e: print(e)
try:
    try: pass
    except 3: pass
    try: 1/0
    except 3: pass
except TypeError as e: print(e)
try: 
    try: 1/0
    except (ValueError, 3): pass
except TypeError as e: print(e)
def ret():
    try: return 1
    finally: print("fin")
print(ret())
def loop():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
        finally: print("f", i)
loop()
try:
    try: raise ExceptionGroup("g", [ValueError(1), TypeError(2), OSError(3)])
    except* ValueError as e: print("v", e.exceptions)
    except* TypeError as e: print("t", e.exceptions); raise KeyError("k")
except ExceptionGroup as e: print(repr(e), [type(x).__name__ for x in e.exceptions])
try:
    try: raise ValueError("naked")
    except* ValueError as e: print(repr(e))
except BaseException as e: print("no")
try:
    try: raise ExceptionGroup("a", [ValueError(1)])
    except* ExceptionGroup: pass
except TypeError as e: print(e)
try:
    try: raise ExceptionGroup("a", [ValueError(1), KeyError(2)])
    except* ValueError: raise
except ExceptionGroup as e: print(repr(e))
def sysexc():
    print(sys.exception())
    try: 1/0
    except: print(repr(sys.exception()), sys.exc_info()[0].__name__)
    print(sys.exception())
sysexc()
def gexc():
    try: 1/0
    except: yield repr(sys.exception())
    yield sys.exception()
try: raise KeyError
except: print(list(gexc()), repr(sys.exception()))
e = ValueError(1); e.x = 3; print(e.__dict__, e.__reduce__()); e.add_note("n"); print(e.__notes__)
