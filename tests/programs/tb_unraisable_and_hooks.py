# Exceptions that cannot be raised, and the hooks of sys.
# exit: 1
import sys
class D:
    def __del__(self): raise ValueError("in del")
D()
def g():
    try: yield 1
    finally: raise KeyError("closing")
it = g(); next(it)
def g2():
    try: yield 1
    except GeneratorExit: yield 2
other = g2(); next(other)
del it
del other
def hook(u): print("hook", u.exc_type.__name__, u.exc_value, u.err_msg, u.exc_traceback is not None)
sys.unraisablehook = hook
D()
sys.unraisablehook = sys.__unraisablehook__
async def co(): pass
co()
sys.excepthook = lambda t, v, tb: print("EH", t.__name__, v)
def dh(v): print("DH", v)
sys.displayhook = dh
exec(compile("1+1", "<s>", "single"))
sys.displayhook = sys.__displayhook__
exec(compile("1+2\nNone", "<s>", "single") if 0 else compile("'abc'", "<s>", "single"))
import builtins
print(builtins._)
raise ValueError("final")
