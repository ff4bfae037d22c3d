"""`__builtins__` of globals may be any object: what is no exact dict is asked with its own `__getitem__`."""
import sys
import types


def attempt(source, builtins, **more):
    space = {"__builtins__": builtins, **more}
    try:
        return eval(compile(source, "<case>", "eval"), space)
    except BaseException as problem:
        return repr(problem)


def attempt_exec(source, builtins):
    space = {"__builtins__": builtins}
    try:
        exec(source, space)
    except BaseException as problem:
        return repr(problem)
    return sorted(k for k in space if not k.startswith("__"))


class Missing(dict):
    def __missing__(self, key):
        return f"missing {key}"


class Items(dict):
    def __getitem__(self, key):
        if key == "held":
            return "from __getitem__"
        return super().__getitem__(key)


class Object:
    def __getitem__(self, key):
        if key == "absent":
            raise KeyError(key)
        if key == "broken":
            raise ZeroDivisionError(key)
        return f"object {key}"


spaces = {
    "missing": Missing(known=1),
    "items": Items(held="in the table", known=2),
    "object": Object(),
    "proxy": types.MappingProxyType({"known": 3}),
    "dict": {"known": 4},
}
sources = [
    "known", "held", "absent", "broken", "(lambda: known)()", "[known for _ in 'ab']",
    "[held for _ in (1, 2, 3)]", "(lambda: (lambda: absent))()()",
]
for title, builtins in spaces.items():
    for source in sources:
        print(title, source, "->", attempt(source, builtins))

for wrong in 123, None, [1], "ab", 1.5, (), 2**80:
    for source in "name", "import nothing", "class A: pass", "x = 1":
        print(wrong, source, "->", attempt_exec(source, wrong))

# Imports and classes look in the same place.
print(attempt_exec("import a.b", types.MappingProxyType({})))
print(attempt_exec("import a.b", types.MappingProxyType({"__import__": lambda *args: None})))
print(attempt_exec("class A: pass", types.MappingProxyType({})))
print(attempt_exec("class A: pass", types.MappingProxyType({"__build_class__": lambda f, name: name})))
print(attempt_exec("class A: pass\nx = A", Missing(__build_class__=lambda f, name: name)))

# What native code refers to by name.
for title, builtins in spaces.items():
    for source in "it.__reduce__()", "method.__reduce__()", "bound.__reduce__()":
        given = {"it": iter([1]), "method": str.join, "bound": [5].append}
        print(title, source, "->", attempt(source, builtins, **given))

# Functions and frames show the object itself, and code run from there inherits it.
space = {"__builtins__": spaces["object"], "eval": eval, "sys": sys}
exec(
    """
def f():
    return sys._getframe().f_builtins
shown = f(), f.__builtins__
inner = {}
eval('1', inner)
inner = inner['__builtins__']
""",
    space,
)
print([v is spaces["object"] for v in (*space["shown"], space["inner"])])
try:
    space["f"].__builtins__ = {}
except AttributeError as problem:
    print(problem)
made = types.FunctionType(compile("something", "m", "eval"), {"__builtins__": Object()})
print(made(), type(made.__builtins__).__name__)

# One code object, hot under a dict, then with other builtins.
code = compile("total = 0\nfor i in span(200):\n    total += one(i)\n", "<hot>", "exec")
for turn in range(3):
    for namespace in (
        {"span": range, "one": lambda i: 1},
        types.MappingProxyType({"span": range, "one": lambda i: 2}),
        Missing(span=range, one=lambda i: 3),
        {"one": lambda i: 4, "span": range},
    ):
        space = {"__builtins__": namespace}
        exec(code, space)
        print(space["total"], end=" ")
print()


def body():
    total = 0
    for i in span(100):
        total += one(i)
    return total


for turn in range(3):
    for namespace in {"span": range, "one": lambda i: 1}, types.MappingProxyType({"span": range, "one": lambda i: 2}):
        f = types.FunctionType(body.__code__, {"__builtins__": namespace})
        print([f() for _ in range(3)], end=" ")
print()

# Globals without a word about builtins get those of the running code.
space = {}
exec("pass", space)
print(type(space["__builtins__"]).__name__, "len" in space["__builtins__"])
