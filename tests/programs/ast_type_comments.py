"""Type comments: of parameters, of functions, of statements; after a bare star they are errors."""
import ast


def show(source):
    try:
        print(ast.dump(ast.parse(source, type_comments=True)))
    except SyntaxError as e:
        print(e.args)


for source in (
    "def f(\n    *, # type: int\n    a, # type: int\n):\n    pass\n",
    "def f(*,\n # type: int\n a): pass",
    "async def f(x, *, # type: int\n a): pass",
    "class C:\n def f(self,\n  *, # type: ignore\n  a): pass\n",
    "def f(\n x,\n *, # comment\n a, # type: int\n): pass",
    "def f(\n *a, # type: int\n b, # type: str\n): pass",
    "def f(x): # type: (int) -> int\n  pass",
    "x = lambda *, a: 1 # type: int\n",
    "def f(\n    a, # type: int\n    b=(1, 2), # type: str\n    c=3 # type: float\n): # comment\n    # type: (...) -> int\n    pass\n",
    "def f(\n    a: int=4,\n    # plain\n    # type: str\n    /, *args, **kw # type: dict\n    ): # type: () -> None\n    pass\n",
    "def f(a, b): # type: ignore\n    # type: (int) -> str\n    pass\n",
    "def f(): # type: () -> int\n  pass\ndef g(*, a): # type: () -> int\n  pass\n",
    "@d\ndef f(\n  a=lambda x: x, # type: int\n  *, b='#:' # type: str\n): pass",
    "for x in y: # type: int\n  pass\nwith a as b: # type: int\n  pass\nx = 1 # type: int\n",
):
    show(source)
