"""Arrays: items and their limits, methods, slices, pickling, buffers."""
import array
import warnings
from array import array as A

warnings.simplefilter('ignore')
def t(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
for c in 'bBhHiIlLqQfd':
    for v in (300, 2**31,2**32,-1,2**63,2**64,-2**63-1, 1.5,'a',None):
        print(c,v,end=' '); t(lambda: A(c,[v]))
for c in 'uw':
    for v in ('a','ab',1,'\U00010000', b'a'): print(c,v,end=' '); t(lambda: A(c,[v]))
t(lambda: A()); t(lambda: A('x')); t(lambda: A('bb')); t(lambda:A(1)); t(lambda: A('b','abc')); t(lambda: A('b',A('u','abc'))); t(lambda: A('b',1)); t(lambda:A('i',b'abc')); t(lambda:A('i',b'abcd')); t(lambda:A('i',bytearray(b'abcd'))); t(lambda:A('i',A('b',[1,2]))); t(lambda: A('u','abc'));t(lambda: A('u',A('b',[97])))
t(lambda:A('b',[1],2)); t(lambda:A('b',x=2)); t(lambda:A('b',(1,2))); t(lambda:A('b',iter([1,2])))
a=A('i',range(5))
t(lambda:a.__reduce_ex__(3)); t(lambda:a.__reduce_ex__(2)); t(lambda:a.buffer_info()[1]); t(lambda:a[1:3]); t(lambda:a[::2]); t(lambda:a[9]); t(lambda:a['x'])
def st(i,v): a[i]=v
t(lambda:st(9,1)); t(lambda:st(0,'x')); t(lambda:st(slice(0,1),[1])); t(lambda:st(slice(0,1),A('b'))); t(lambda:st(slice(0,4,2),A('i',[1]))); t(lambda:a+1); t(lambda:a+A('b')); t(lambda:a*2); t(lambda:a*-1); t(lambda:a*'x')
t(lambda:a.pop(10)); t(lambda:A('i').pop()); t(lambda:a.remove(77)); t(lambda:a.index(77)); t(lambda:a.index(1,2)); t(lambda:a.extend(A('b',[1]))); t(lambda:a.extend(5)); t(lambda:a.fromlist(5)); t(lambda:a.fromlist([1,'x'])); t(lambda:a.frombytes(b'abc')); t(lambda:a.frombytes('abc')); t(lambda:a.fromunicode('x')); t(lambda:a.tounicode()); t(lambda:A('u','abc').tounicode()); t(lambda:A('u','abc').fromunicode(1))
def ia(x):
    b=A('i',[1]); b+=x; return b
t(lambda:ia([1])); t(lambda:ia(A('b'))); t(lambda: ia(A('i',[3])))
t(lambda:a.insert('x',1)); t(lambda:a.insert(0,'x')); t(lambda: hash(a)); t(lambda: a<A('i',[1])); t(lambda:a==A('d',[0,1,2,3,4])); t(lambda:1.0 in a); t(lambda:a.count(1))
m=memoryview(a)
t(lambda:(m.format,m.itemsize,m.shape)); t(lambda:a.append(1)); t(lambda:a.pop()); t(lambda: memoryview(A('u','a')).format); 
t(lambda: a.__iadd__(A('i',[2])));t(lambda: a.__imul__(3)); t(lambda: a.__imul__(1)); t(lambda: a.extend([])); t(lambda: st(slice(0,0),A('i',[1]))); t(lambda: a.frombytes(b'')); t(lambda:a.fromlist([])); t(lambda: a.clear())
i=iter(a); next(i); t(lambda:i.__reduce__()); t(lambda:i.__setstate__(4)); t(lambda:next(i)); t(lambda:next(i)); t(lambda:next(i)); t(lambda:i.__reduce__())
t(lambda:array._array_reconstructor(A,'i',8,b'\1\0\0\0')); t(lambda:array._array_reconstructor(A,'H',3,b'\0\2')); t(lambda:array._array_reconstructor(A,'i',99,b'\0\2')); t(lambda:array._array_reconstructor(int,'i',9,b'\0\2'));t(lambda:array._array_reconstructor(A,'i',9,'x'))
t(lambda: repr(A('u','abc'))); t(lambda:repr(A('b'))); t(lambda:repr(A('d',[1.5])))
class S(A): pass
s=S('b',[1]); s.x=1
t(lambda:s.__reduce_ex__(3)); t(lambda:s); t(lambda:s[:1]); t(lambda:s+s); t(lambda:s.__copy__()); t(lambda: type(iter(a)))
t(lambda:a.byteswap()); t(lambda:a); t(lambda:A('b',None))
t(lambda:A[int])
