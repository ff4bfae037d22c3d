"""Writes the fixtures of the tests of `marshal`, `tables` and `dis`, from the CPython that runs this.

    PYTHONHASHSEED=0 python3.14 tools/fixtures.py

The source of most of them is src/marshal/fixture.py.
"""

import dis
import io
import itertools
import marshal
import pathlib
import platform
import re
import types

SRC = pathlib.Path(__file__).parent.parent / "src"
VERSION = platform.python_version()

SETS = [
    [1, 2, 3], [3, 2, 1, 0, -1], [10, 20, 30, 40, 50], [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 200, 300, 1000, 64, 128, 16],
    ["a", "b", "c"], ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"], ["é", "日本", "\U0001f600", "ascii"],
    ["if", "elif", "else", "while", "for", "def", "class", "return", "yield", "import", "from", "as", "try"],
    [b"x", b"y", "x", 1.5, 2.25, None, True, 0, 3j, -2], [(1, 2), (2, 1), (), ("a",), (1, (2, 3))],
    [1.5, -1.5, 1e300, 0.1, 2**70, -(2**65)], [frozenset({1, 2}), frozenset(), frozenset({"a", "b", "c"})],
    [8, 16, 24, 32, 40, 48], [-1, -2, 2**61 - 1, 2**61],
]

HOT = """def hot(items, scale):
    total = 0
    for item in items:
        if item > 2:
            total += item * scale
    return [str(total), len(items), items[0]]
"""


def write(path, text):
    (SRC / path).write_text(text, encoding="utf-8", newline="\n")


def walk(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from walk(constant)


def listing(code, **options):
    out = io.StringIO()
    dis.dis(code, file=out, **options)
    return re.sub(r"(<code object [^\n]*? at )0x[0-9a-f]+", r"\g<1>0x...", out.getvalue())


def table_rows(code):
    shown = lambda value: "-" if value is None else str(value)
    yield "code", code.co_qualname.replace(" ", "_"), code.co_firstlineno, code.co_linetable.hex(), code.co_exceptiontable.hex() or "-"
    for start, end, line in code.co_lines():
        yield "line", start, end, shown(line)
    offset = 0
    for position, run in itertools.groupby(code.co_positions()):
        end = offset + 2 * len(list(run))
        yield "pos", offset, end, *map(shown, position)
        offset = end
    for entry in dis._parse_exception_table(code):
        yield "exc", entry.start, entry.end, entry.target, entry.depth, int(entry.lasti)


def main():
    code = compile((SRC / "marshal/fixture.py").read_text(), "fixture.py", "exec")
    data = marshal.dumps(code).hex()
    head = "# marshal.dumps(compile(open('fixture.py').read(), 'fixture.py', 'exec')) of CPython %s\n" % VERSION
    write("marshal/fixture.hex", head + "".join(data[i : i + 120] + "\n" for i in range(0, len(data), 120)))

    head = "# The code objects of ../marshal/fixture.py in order of appearance: name, first line, location table,\n"
    head += "# exception table; co_lines(), co_positions() in runs, dis._parse_exception_table(), of CPython %s.\n" % VERSION
    rows = (row for nested in walk(code) for row in table_rows(nested))
    write("tables/fixture.txt", head + "".join(" ".join(map(str, row)) + "\n" for row in rows))

    code = marshal.loads(bytes.fromhex(data))
    write("dis/fixture.txt", listing(code))
    write("dis/fixture_all.txt", listing(code, show_caches=True, show_offsets=True, show_positions=True))

    namespace = {}
    exec(compile(HOT, "hot.py", "exec"), namespace)
    for _ in range(100):
        namespace["hot"]([1, 2, 3, 4], 1.5)
    code = namespace["hot"].__code__
    text = "marshal %s\nadaptive %s\n" % (marshal.dumps(code).hex(), code._co_code_adaptive.hex())
    write("dis/adaptive.txt", text + listing(code, adaptive=True, show_caches=True))

    lines = []
    for items in SETS:
        data = marshal.dumps(tuple(items))
        # The repr is that of the loaded set: marshal has an order of its own for frozensets.
        shown = repr(frozenset(marshal.loads(data))).encode("unicode_escape").decode()
        lines.append("%s\t%s\n" % (data.hex(), shown))
    write("dis/sets.txt", "".join(lines))


main()
