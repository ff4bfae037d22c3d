# Every built-in function with usual, odd and wrong arguments.
import sys
def t(s):
    try: r = eval(s); print(s, '->', repr(r))
    except BaseException as e: print(s, '!!', type(e).__name__, e)
def x(src, g=None, l=None):
    g = {} if g is None else g
    try:
        exec(src, g, l); g.pop('__builtins__', None); print(g, l)
    except BaseException as e: print('!!', type(e).__name__, e)
x("a=1\nb=[i for i in range(3)]")
x("class A:\n x=1\nprint(A.__qualname__, A.__module__)", {'__name__':'m'})
x("def f(): return zz\nprint(f())", {'zz':3})
x("print(zz)", {}, {'zz':4})
x("import sys\nfrom sys import maxsize as m\nprint(m)")
x("from sys import nope")
x("import nope.sub")
x("raise KeyError('k')")
x("1 +")
x("x = yield 1")
x("return 1")
x("print(locals() is globals())")
x("del q")
x("q", {})
x("@print\ndef f(): pass")
for s in '''eval("1+1")
eval(" \\t 2")
eval("[locals() for _ in [1]]", {}, {})
eval(compile("1+2","f","eval"))
eval("a+b", {"a":1}, {"b":2})
eval(b"3")
eval("lambda: x", {"x": 5})()
compile("a=1","f","exec").co_filename
compile("a","f","single").co_names
exec("a=1") or locals().get("a")
compile("1\\0","f","eval")
globals()["t"] is t
isinstance(1, int|str)
isinstance("a", (int, (str, float)))
issubclass(bool, int)
[c for c in (callable(len), callable(1), callable(int))]
abs(-3), abs(-2.5), abs(3+4j), abs(-10**30)
divmod(-7,3), divmod(7.5,2), divmod(10**30,7)
pow(2,100), pow(2,-1), pow(3,5,7), pow(10**20,3,1000007)
round(2.5), round(3.5), round(2.675,2), round(1234,-2), round(10**30,-5), round(-0.5)
hex(255), hex(-10**20), bin(5), bin(-10**20), oct(8), hex(True)
chr(97), chr(0x1F600), ord("é"), ord(b"a")
sum([1,2,3]), sum([1.5,2.5]), sum([[1],[2]],[]), sum((1,2),10), sum([2**62]*4), sum([1e100,1.0,-1e100]), sum([1j,2.0,3]), sum([True,True]), sum([],True)
min(3,1,2), max([1,5,2]), min("b","a"), max([1,2],key=lambda v:-v), min([],default=0), max("abc", "abd"), min((2,1),(1,5))
sorted("bca"), sorted([3,1,2],reverse=True), sorted([(1,'b'),(1,'a')],key=lambda p:p[0])
all([]), any([]), all([1,""]), any([0,"a"])
list(map(lambda a,b:a+b,[1,2],[3,4])), list(filter(None,[0,1,2])), list(zip("ab",[1,2])), list(enumerate("ab",1)), list(reversed([1,2]))
format(3.14159,".2f"), format(255,"x"), format("a",">3"), format(10**6,",")
repr("a'b"), ascii("é"), repr(b"a"), repr(1e100), repr([1,(2,)]), repr({1:{2}})
hash(1), hash(True), hash(1.0), hash(2**61-1), hash(-1), hash(())
id(None)==id(None), id([])!=0
len("abc"), len([1]), len({1:2}), len(range(10))
iter([1]).__class__.__name__, iter("a").__class__.__name__, iter({}).__class__.__name__, iter(range(1)).__class__.__name__
list(iter(iter([1,2,0,3]).__next__, 0))
getattr(1,"real"), getattr(1,"zz",None), hasattr([],"append")
vars(type("X",(),{"a":1})())
dir(type("X",(),{"a":1}))[-1]
type(__builtins__).__name__, __name__
__import__("sys") is sys
print("a","b",sep="-",end="!\\n")
print(1,2,3,sep="")
print()
print(*[1,2],sep="\\n")
print("x",file=None)
print("é😀")
print(None,True,1.5,10**30,-5)
print(flush=True)
memoryview(b"abc")[1], bytearray(b"x")+b"y"
super
object()==object()
type("T",(int,),{})(5)+1
__debug__, Ellipsis, NotImplemented
'''.splitlines(): t(s)
class W:
    def __init__(self): self.p=[]
    def write(self,s): self.p.append(s)
w=W(); print("a",1,sep="|",file=w); print(w.p)
class M(type):
    def __prepare__(n,b,**k): print("prep",n,b,k); return {}
    def __new__(m,n,b,d,**k): print("new",n,k); return super().__new__(m,n,b,d)
    def __init__(c,n,b,d,**k): pass
class A(metaclass=M, z=1): pass
class B:
    def __mro_entries__(self, bases): print("mro", bases); return (A,)
class C(B(), q=2): pass
print(C.__orig_bases__[0].__class__.__name__, C.__mro__[1].__name__)
class D:
    def f(self): return __class__
print(D().f())
import time
a=time.time(); b=time.perf_counter(); time.sleep(0.001); print(time.perf_counter()>b, time.time()>=a, type(time.time_ns()))
print(time.gmtime(0), time.strftime("%Y-%m-%d", time.gmtime(86400*365)), time.asctime(time.gmtime(0)))
t('time.sleep(-1)'); t('time.strftime(3)'); t('time.struct_time((1,2))'); t('time.get_clock_info("time").monotonic')

# The compiler's shortcuts for all(...) and any(...) are for the functions that were there at first.
import builtins

saved = builtins.all, builtins.any
builtins.all = lambda items: 'own all'
builtins.any = lambda items: 'own any'
try:
    print(all(x for x in [0]), any(x for x in [0]))
finally:
    builtins.all, builtins.any = saved
print(all(x for x in [0]), any(x for x in [1]))
print(sum([1.0, 10**100, 1.0, -10**100]), sum([2j, 1.0, 10**100, 1.0, -10**100]))
try:
    sum([1.0, 10**400])
except OverflowError as e:
    print(e)
separator = bytearray(b',')


def clears():
    separator.clear()
    yield b'A'


try:
    separator.join(clears())
except BufferError as e:
    print(e)
import ast

print(ast.dump(compile(ast.parse('a * __debug__'), 'f.py', 'exec', flags=ast.PyCF_OPTIMIZED_AST)))
