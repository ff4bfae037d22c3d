"""Equal parts of the code objects of one source are one object; `marshal` keeps that."""
import marshal

source = '''
f1, f2 = lambda x: x.y.z, lambda a: a.b.c
g1 = lambda: ("not a name", 1.5e300, b"some bytes", 10**0, 123456789012345678901234567890, 2j)
g2 = lambda x: x in {"not a name", ("not a name", 1.5e300)}
g3 = lambda: ("not a name", 1.5e300, b"some bytes", 10**0, 123456789012345678901234567890, 2j)
h1, h2 = lambda x: x in {0, 7}, lambda x: x in {0, 7}
n1, n2 = lambda: -0.0, lambda: 0.0
'''
code = compile(source, "<shared>", "exec")


def show(code):
    space = {}
    exec(code, space)
    parts = {name: f.__code__ for name, f in space.items() if callable(f)}
    same = lambda a, b, part: getattr(parts[a], part) is getattr(parts[b], part)
    print(same("f1", "f2", "co_linetable"), same("g1", "g3", "co_consts"), same("h1", "h2", "co_consts"))
    (first,) = [c for c in parts["g1"].co_consts if isinstance(c, tuple)]
    (members,) = [c for c in parts["g2"].co_consts if isinstance(c, frozenset)]
    print([m is first[0] for m in members if isinstance(m, str)])
    print(parts["n1"].co_consts, parts["n2"].co_consts, space["g1"]() == space["g3"](), space["h1"](7))


show(code)
show(marshal.loads(marshal.dumps(code)))

# Constants that are no numbers stay apart.
nans = compile("x in {(1e999-1e999)*1j, (1e999-1e999)*2j, 1.5}", "<nan>", "eval")
print([sorted(map(repr, c)) for c in nans.co_consts if isinstance(c, frozenset)])

# References of the format.
text = "twice and " + str(len(source))
values = [text, text, (text, 1.5e300), b"bytes" * 20]
values += values[2:]
for version in range(6):
    back = marshal.loads(marshal.dumps(values, version))
    print(version, back == values, back[0] is back[1], back[2] is back[4], back[3] is back[5])
print(len(marshal.dumps(values)) < len(marshal.dumps(values, 2)))
loop = [1]
loop.append(loop)
back = marshal.loads(marshal.dumps(loop))
print(back[1] is back, back[0])
table = {"a": loop}
table["self"] = table
back = marshal.loads(marshal.dumps(table))
print(back["self"] is back, back["a"][1] is back["a"])
s = slice([], None)
s.start.append(s)
for version in 2, 5:
    for value in s, [loop, s], loop if version == 2 else s:
        try:
            marshal.dumps(value, version)
        except ValueError as problem:
            print(version, type(problem).__name__)
