# Arguments that do not fit, and attributes of functions, code, cells, modules, frames and sys.
def f(a,b,/,c,d=1,*args,e,g=2,**kw): "doc"; return a
def h(a,b,c): pass
def h2(a,*,k1,k2): pass
def h3(self, name, value=1): pass
def h4(a,/,b): pass
def h5(first, second): pass
def h6(): pass
def h7(*, first_name=1): pass
def h8(a=1): pass
def h9(a, b=1): pass
def h10(a, *, k=1): pass
def h11(a,b,c,d):pass
def h12(x, y=1, *, z): pass
class C:
    def m(self, a): pass
    async def am(self): yield
def outer():
    x=1
    def inner(): return x
    return inner
import sys
class types:
    CellType=type(outer().__closure__[0]); ModuleType=type(sys); FunctionType=type(h); MethodType=type(C().m)
    TracebackType=type((lambda: None)) ; GeneratorType=type((x for x in ())); FrameType=type(sys._getframe()); CodeType=type(h.__code__)
try: 1/0
except Exception as e: types.TracebackType=type(e.__traceback__)
c=types.CellType(3)
m=types.ModuleType("mm")
def t(s):
    import sys
    try: r = eval(s); print(s, '->', repr(r))
    except BaseException as e: print(s, '!!', type(e).__name__, e)
for s in '''f()
f(1)
f(1,2,3)
f(1,2,c=3,e=3,a=2)
f(1,2,3,c=3,e=1)
h()
h(1)
h(1,2)
h(1,2,3,4)
h(1,2,3,x=4)
h(1,2,3,c=4)
h2(1)
h2(1,k1=2)
h2(1,2)
h2(1,2,k1=1)
h2(1,2,k1=1,k2=3)
h2(1,k1=1,k2=3,k3=4)
h3(1,nmae=3)
h3(1,2,valeu=3)
h4(a=1,b=2)
h4(1,2,a=3)
h5(1,secnd=2)
h6(1)
h6(a=1)
h7(firstname=1)
h7(1)
h8(1,2)
h9(1,2,3)
h9()
h10(1,2)
h10(1,2,k=3)
h11()
h12(1,2,3,4)
h12(1,2,3,4,z=2)
h(**{1:2})
h(1,2,3,**{"a b":3})
C().m()
C().m(1,2)
C.m()
setattr(outer(),'__code__',f.__code__)
setattr(f,'__code__',outer().__code__)
setattr(f,'__code__',3)
setattr(f,'__defaults__',3)
setattr(f,'__kwdefaults__',3)
setattr(f,'__name__',3)
setattr(f,'__qualname__',3)
setattr(f,'__dict__',3)
delattr(f,'__dict__')
setattr(f,'__globals__',3)
setattr(f,'__closure__',3)
setattr(f,'__annotations__',3)
setattr(f,'__annotate__',3)
delattr(f,'__annotate__')
setattr(f,'__type_params__',3)
delattr(f,'__name__')
delattr(f,'__module__')
f.__module__
f.__get__(None,None)
f.__get__(3).__self__
f.__get__(None)
types.FunctionType(3,{})
types.FunctionType(f.__code__,3)
types.FunctionType(f.__code__,{},3)
types.FunctionType(f.__code__,{},None,3)
types.FunctionType(f.__code__,{},None,None,3)
types.FunctionType(f.__code__,{},None,None,(1,))
types.FunctionType(outer().__code__,{},None,None,None)
types.FunctionType(outer().__code__,{},None,None,(1,))
types.FunctionType(outer().__code__,{},None,None,(1,2))
types.FunctionType(f.__code__,{},None,None,None,3)
types.MethodType(3,4)
types.MethodType(len,None)
types.MethodType(len)
types.MethodType(len,4)
types.MethodType(len,"abc")()
types.CellType().cell_contents
delattr(c,'cell_contents')
c.cell_contents
types.CellType(1)<types.CellType(2)
types.CellType()<types.CellType(2)
types.CellType(1)==1
hash(c)
types.CellType(1,2)
m
m.__dict__
m.foo
setattr(m,'__dict__',1)
types.ModuleType()
types.ModuleType(1)
types.ModuleType("a","b","c")
types.ModuleType("a",x="b")
types.ModuleType.__new__(types.ModuleType)
types.ModuleType.__new__(types.ModuleType).__dict__
types.ModuleType.__new__(types.ModuleType).x
sys
sys.foo
m.__annotations__
m.__annotate__
f.__annotations__
f.__annotate__
f.__type_params__
h.__code__.co_flags
f.__code__.co_varnames
f.__code__.co_argcount, f.__code__.co_posonlyargcount, f.__code__.co_kwonlyargcount, f.__code__.co_nlocals, f.__code__.co_stacksize
outer.__code__.co_cellvars, outer().__code__.co_freevars
types.TracebackType(1,2,3,4)
types.TracebackType(None,sys._getframe(),3,4).tb_lineno
sys._getframe(100)
types.GeneratorType()
types.FrameType()
types.CodeType()
hash(h.__code__)==hash(h.__code__.replace())
h.__code__.replace(co_foo=1)
h.__code__.replace(co_name=1)
h.__code__.replace(co_argcount='a')
h.__code__.replace(co_code=1)
h.__code__==h.__code__.replace(co_name='xx')
list(h.__code__.co_lines())
list(h.__code__.co_positions())
h.__code__._varname_from_oparg(1)
h.__code__.co_consts
f.__code__.co_consts
f.__code__.co_code == f.__code__.replace().co_code
h.__code__.co_qualname, C.m.__code__.co_qualname, C.m.__qualname__
f.__doc__, h.__doc__, type(f).__doc__[:20]
sorted(sys._getframe().f_locals)
sys._getframe().f_code.co_name
sys._getframe(1).f_code.co_name
sys._getframe(1).f_lineno
sys._getframe(1).f_locals['s']
sys._getframe(2).f_back
list(sys._getframe(1).f_locals)
sys._getframe(1).f_locals.get('zz', 5)
len(sys._getframe(1).f_locals)
sys._getframe(1).f_locals == {'s': 3}
sys._getframe(1).f_locals.__setitem__('q', 7)
sys._getframe(1).f_locals['q']
sys._getframe(1).f_locals.__delitem__('s')
sys._getframe(1).f_locals.pop('zz')
type(sys._getframe(1).f_locals).__name__
sys.exc_info()
sys.exception()
sys.getrecursionlimit()
sys.setrecursionlimit(0)
sys.setrecursionlimit(1)
sys.intern(3)
sys.maxsize, sys.maxunicode, sys.byteorder, sys.platform
sys.float_info
sys.int_info
sys.hash_info
sys.version_info > (3,14)
sys.version_info[:2]
sys.version_info.major
sys.set_int_max_str_digits(5)
sys.get_int_max_str_digits()
sys.exit(3)
exit()
print.__text_signature__
print.__doc__[:10]
print.__module__, print.__name__, print.__qualname__, print.__self__
len
[].append
repr([].append)[:40]
type(len)
len.__call__([1])
vars(m)
sorted(dir(m))
dir(sys._getframe())[-3:]
type(C.am(C())).__name__
'''.splitlines(): t(s)
