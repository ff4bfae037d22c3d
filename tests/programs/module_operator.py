"""The operators as functions, and the getters."""
import copy
import pickle
import _operator as o


def t(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
ig,ag,mc=o.itemgetter,o.attrgetter,o.methodcaller
t(lambda:ig()); t(lambda:ig(1)()); t(lambda:ig(1)(1,2)); t(lambda:ig(1)(x=1)); t(lambda:ig(x=1)); t(lambda:ig(1,2)); t(lambda:ig(1)); t(lambda:ig(1).__reduce__()); t(lambda:ig(1,2).__reduce__())
t(lambda:ag()); t(lambda:ag(1)); t(lambda:ag('a',1)); t(lambda:ag('a.b')); t(lambda:ag('a.b','c')); t(lambda:ag('a.b','c').__reduce__());t(lambda:ag('a.b').__reduce__()); t(lambda:ag('a')()); t(lambda:ag('a')(1,2)); t(lambda:ag('a')(x=2)); t(lambda:ag('a.b')(3)); t(lambda:ag('a',x=1))
t(lambda:mc()); t(lambda:mc(1)); t(lambda:mc('a',1,2,x=3)); t(lambda:mc('a',1,2,x=3).__reduce__()); t(lambda:mc('a',1).__reduce__()); t(lambda:mc('a')()); t(lambda:mc('a')(1,2)); t(lambda:mc('upper')('x')); t(lambda:mc('foo')(3)); t(lambda:mc('a'))
t(lambda:o.length_hint(1,'a')); t(lambda:o.length_hint([1])); t(lambda:o.length_hint(3,2)); t(lambda:o.countOf(3,2)); t(lambda:o.countOf([1,1],1)); t(lambda:o.indexOf([1],2)); t(lambda:o.indexOf([2],2)); t(lambda:o.concat(1,2)); t(lambda:o.concat([1],2)); t(lambda:o.iconcat(1,2)); t(lambda:o._compare_digest('a','b')); t(lambda:o._compare_digest('a',b'b')); t(lambda:o._compare_digest('é','b')); t(lambda:o._compare_digest(b'a',b'a')); t(lambda:o.index('a')); t(lambda:o.is_none(None)); t(lambda:o.call(print,1,sep='')); t(lambda:o.call()); t(lambda:o.add(1)); t(lambda:o.pow(2,3)); t(lambda:o.contains(1,2)); t(lambda:o.concat("a","b")); t(lambda:o.indexOf(1,2))
print(pickle.loads(pickle.dumps(ig(1)))([3, 4]), copy.copy(ig(3)))
print(o.iadd([1], [2]), o.matmul.__name__, o.sub(5, 3), o.ixor(5, 1), o.setitem([1], 0, 2), o.truth([]), o.inv(4))
