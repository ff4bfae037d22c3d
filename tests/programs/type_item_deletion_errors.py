# Subscripts that objects do not support.
def t(f):
    try: f()
    except Exception as e: print(type(e).__name__, e)
def d(x): 
    def g():
        del x[0]
    return g
class C: pass
class G:
    def __getitem__(self, i): return 1
for x in ((1,), 5, "a", {1}, range(3), C(), G(), b"a", None, int, len): t(d(x))
def d(x): 
    def g():
        x[0]=1
    return g
for x in ((1,), 5, "a", {1}, range(3), C(), G(), b"a", None, int, len): t(d(x))
def d(x): 
    def g():
        x[0]
    return g
for x in (5, {1}, C(), None, int, len): t(d(x))
