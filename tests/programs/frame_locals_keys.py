# Keys of f_locals are compared with the names of variables; names that the code lacks are locals too.
import sys

def f(obj):
    p=sys._getframe().f_locals; x=1
    p[obj]=2
    return list(p), x
class E:
    def __hash__(s): return hash('x')
    def __eq__(s,o): return o=='x'
class SS(str): pass
class SU(str): __hash__=None
class U: __hash__=None
for o in (E(),SS('x'),'x'): print(f(o)[0][0:1], len(f(o)[0]), f(o)[1])
p=sys._getframe
def g():
    p=sys._getframe().f_locals; x=1
    for o in (SU('x'),U(),E(),SS('x'),'y',3, SS('y')):
        for fn in (lambda: p[o], lambda: p.__setitem__(o,5), lambda: o in p, lambda: p.get(o), lambda: p.pop(o), lambda: p.setdefault(o,1), lambda: p.__delitem__(o)):
            try: print(fn(), end=' ')
            except Exception as e: print(type(e).__name__, e, end=' ')
        print()
    print(x)
    print(type(reversed(p)), p.__reversed__())
    sys._getframe().f_locals['new']=2
    print(locals()['new'], 'new' in locals(), eval('new'), dir()[-3:])
    exec('newer=3'); print('newer' in locals())
    try: p.update([1,2])
    except Exception as e: print(type(e).__name__, e)
    try: p.update(3)
    except Exception as e: print(type(e).__name__, e)
    print(vars()['new'], sys._getframe().f_locals['new'])
    try: p|=3
    except Exception as e: print(type(e).__name__, e)
g()
f=sys._getframe()
for a in ('f_trace_lines','f_trace_opcodes'):
    try: delattr(f,a)
    except Exception as e: print(type(e).__name__, e)
    try: setattr(f,a,1)
    except Exception as e: print(type(e).__name__, e)
