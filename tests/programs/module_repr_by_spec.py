# The text of a module is its spec's matter, if it has one.
import types
import importlib.machinery as M
def mod(loader,**k):
    m=types.ModuleType('foo'); m.__loader__=loader; m.__spec__=M.ModuleSpec('foo',loader)
    for a,b in k.items(): setattr(m.__spec__,a,b)
    return m
class L:
    def __repr__(s): return 'L()'
l=L(); l._path=['spam']
m=mod(l); m.__file__='xx'
for x in (mod(M.NamespaceLoader('foo',['bar'],'baz')), mod(l), mod(None), m, mod(l,origin='zz'), mod(l,origin='zz',_set_fileattr=True), mod(l, name=None)): print(x)

for level in ['', '.', '...']:
    for operator in ['!=', '<>']:
        try:
            compile(f'from {level}__future__ import barry_as_FLUFL;2 {operator} 3', 'x', 'exec')
            print(level, operator, 'fine')
        except SyntaxError as e:
            print(level, operator, e.msg)
import warnings
for text in [r"'\z'", r"b'\z'", r"'\407'", r"b'\407'", r"f'\z{1}'"]:
    for action in ['always', 'error']:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter(action)
            try:
                compile(text, 'x', 'eval')
            except SyntaxError as e:
                print(e.msg)
        print([str(w.message) for w in caught])
