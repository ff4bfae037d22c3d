"""Writes the expected listing beside each source of this folder, with the Python that runs it.

The committed listings were made with CPython 3.14.10:  python3.14 make.py
"""

import opcode
import pathlib
import platform
import struct
import sys
import types

NAMES = {number: name for name, number in opcode.opmap.items()}


def text(s):
    return '"' + "".join(c if " " <= c <= "~" and c not in '\\"' else "\\u{%x}" % ord(c) for c in s) + '"'


def bits(f):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", f))[0]


def constant(c):
    match c:
        case None | bool() | int():
            return repr(c)
        case types.EllipsisType():
            return "Ellipsis"
        case float():
            return "float " + bits(c)
        case complex():
            return "complex " + bits(c.real) + " " + bits(c.imag)
        case str():
            return text(c)
        case bytes():
            return "bytes " + c.hex()
        case tuple():
            return "(" + ", ".join(map(constant, c)) + ")"
        case frozenset():
            return "{" + ", ".join(sorted(map(constant, c))) + "}"
        case slice():
            return "slice(" + ", ".join(map(constant, (c.start, c.stop, c.step))) + ")"
        case types.CodeType():
            return "code " + text(c.co_qualname)
    raise TypeError(c)


def listing(c):
    yield "code %s, name %s, line %d" % (text(c.co_qualname), text(c.co_name), c.co_firstlineno)
    counts = c.co_argcount, c.co_posonlyargcount, c.co_kwonlyargcount
    yield "  arguments %d, positional only %d, keyword only %d, stack %d, flags 0x%x" % (
        *counts,
        c.co_stacksize,
        c.co_flags,
    )
    for kind in "names", "varnames", "cellvars", "freevars":
        yield "  " + kind + "".join(" " + text(n) for n in getattr(c, "co_" + kind))
    for index, value in enumerate(c.co_consts):
        yield "  const %d %s" % (index, constant(value))
    positions = list(c.co_positions())
    code = c.co_code
    unit = 0
    while unit * 2 < len(code):
        name = NAMES[code[unit * 2]]
        where = ["-" if p is None else str(p) for p in positions[unit]]
        yield "  %4d %-34s %3d  %s:%s-%s:%s" % (unit, name, code[unit * 2 + 1], where[0], where[2], where[1], where[3])
        unit += 1 + opcode._inline_cache_entries.get(name, 0)
    yield "  locations " + c.co_linetable.hex()
    yield "  exceptions " + c.co_exceptiontable.hex()
    yield ""
    for value in c.co_consts:
        if isinstance(value, types.CodeType):
            yield from listing(value)


def main():
    sys.set_int_max_str_digits(0)
    for path in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        if path.name == "make.py":
            continue
        level = {"_o1": 1, "_o2": 2}.get(path.stem[-3:], 0)
        code = compile(path.read_bytes(), path.name, "exec", dont_inherit=True, optimize=level)
        lines = ["# CPython " + platform.python_version(), *listing(code)]
        path.with_suffix(".txt").write_text("\n".join(lines), encoding="ascii")


main()
