"""ast.parse for older versions of the language, types of functions, comments about types where none may be, and nodes."""
import ast
import copy
import warnings

SOURCES = r'''
x = 1_000
(x := 1)
def f(a, /): pass
lambda a, /: 0
with (open(x) as f): pass
async def f():\n  async with a as b: pass
async def f():\n  async for x in y: pass
async def f():\n  return [x async for x in y]
async def f():\n  await x
match x:\n  case 1: pass
try: pass\nexcept* A: pass
try: pass\nexcept A, B: pass
try: pass\nexcept* A, B: pass
type X = int
def f[T](): pass
class A[*T = int]: pass
a @ b
a @= b
x: int
a.b: int = 3
t'x'
f'{x!r}'
print(*a, **b)
0xf_f
[y := 1 for x in z]
def f(:
if x:
  y
'''
for source in SOURCES.strip().splitlines():
    source = source.replace('\\n', '\n')
    before = ()
    for version in range(3, 16):
        try:
            ast.parse(source, feature_version=(3, version))
            found = None
        except SyntaxError as e:
            found = (e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset)
        if found != before:
            print(repr(source), version, found)
            before = found


def show(f, *args, **kwargs):
    try:
        print(repr(f(*args, **kwargs)))
    except (Exception, SyntaxError) as e:
        print(type(e).__name__, e)


print('-- function types')
for text in ('() -> int', '(int, *str, **Any) -> float', '(*int) -> str', '(**int) -> str', '(a[b, c], (d, e)) -> {1: [2]}',
             '(\n  int,\n  é.x) -> list[int]\n', '(int', '(int,) -> str', '() -> 3 4', '(**a, *b) -> c', 'int -> int', '(x) -> y := 1'):
    try:
        print(ast.dump(ast.parse(text, mode='func_type'), include_attributes=True))
    except SyntaxError as e:
        print(repr(text), e.msg, e.lineno, e.offset)
tree = ast.parse('(int) -> str', mode='func_type')
print(compile(tree, '', 'func_type', ast.PyCF_ONLY_AST) is tree)
show(compile, tree, '', 'eval', ast.PyCF_ONLY_AST)
show(compile, '() -> int', '', 'func_type')

print('-- comments about types')
for text in ('pass  # type: int\n', 'x = 1  # type: int\n', 'while x:  # type: int\n  pass\n', 'pass  # type: ignore\n',
             'pass  # type: ignored\n', 'pass ## type: int\n', 'def f():\n  # type: () -> int\n  pass\n',
             'def f():  # type: () -> int\n  # type: () -> int\n  pass\n', 'f(a,  # type: int\n  b)\n'):
    try:
        tree = ast.parse(text, type_comments=True)
        print(repr(text), getattr(tree.body[0], 'type_comment', None), len(tree.type_ignores))
    except SyntaxError as e:
        print(repr(text), e.msg, e.lineno, e.offset)

print('-- nodes')
for cls in (ast.withitem, ast.GtE, ast.Name, ast.cmpop, ast.Constant, ast.Dict, ast.arguments, ast.FunctionDef, ast.mod,
            ast.type_param, ast.excepthandler, ast.AST):
    print(cls.__doc__)
print(ast.arguments.__annotations__, ast.Load.__annotations__, hasattr(ast.expr, '_field_types'))
print(repr(ast.parse('def f() -> a[b, c]: pass\nclass C(object): pass')))
name = ast.Name('x')
name.extra = 1
print(name.__reduce__(), vars(copy.replace(name)), vars(copy.copy(name)))
show(name.__replace__, 1)
show(name.__replace__, foo=1)
show(ast.FunctionDef.__new__(ast.FunctionDef).__replace__, name='x')
del name.id
show(copy.replace, name)


class Bad(ast.AST):
    _fields = ('a', 'b')
    _field_types = {'a': int | None}
    a = b = None


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    Bad()
    ast.Name()
    ast.Name(1, zz=2)
print([str(w.message) for w in caught])
for source in ('def x(): pass', 'class x: pass', 'import a, x', 'from a import x', 'from a import b as x',
               'try: pass\nexcept A as x: pass', 'def f(x): pass', 'a.x'):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if value == 'x':
                setattr(node, field, 'None')
    try:
        compile(tree, '', 'exec')
        print(repr(source), 'compiles')
    except ValueError as e:
        print(repr(source), e)
for constant in (int, (1, 2, int), frozenset([1, (int,)])):
    show(compile, ast.fix_missing_locations(ast.Expression(ast.Constant(constant))), '', 'eval')
