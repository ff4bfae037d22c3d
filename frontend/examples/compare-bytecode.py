"""Compiles the files named on standard input and prints their code objects as text.

The other half is compare-bytecode.rs, which prints the same for Taipan's code objects.
"""

import os
import struct
import sys
import types
import warnings


def text(s):
    return '"' + "".join(c if " " <= c <= "~" and c not in '\\"' else "\\u{%x}" % ord(c) for c in s) + '"'


def bits(f):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", f))[0]


def constant(c):
    if c is None or c is True or c is False or c is Ellipsis:
        return repr(c)
    match c:
        case int():
            return hex(c)
        case float():
            return "f" + bits(c)
        case complex():
            return "c" + bits(c.real) + "," + bits(c.imag)
        case str():
            return text(c)
        case bytes():
            return "b" + c.hex()
        case tuple():
            return "(" + ", ".join(map(constant, c)) + ")"
        case frozenset():
            return "{" + ", ".join(sorted(map(constant, c))) + "}"
        case slice():
            return "slice(" + ", ".join(map(constant, (c.start, c.stop, c.step))) + ")"
        case types.CodeType():
            return "<code " + text(c.co_qualname) + " %d>" % c.co_firstlineno
    raise TypeError(type(c))


def dump(c, write):
    write("CODE %s line %d\n" % (text(c.co_qualname), c.co_firstlineno))
    counts = c.co_argcount, c.co_posonlyargcount, c.co_kwonlyargcount
    write("name %s args %d %d %d stack %d flags %x\n" % (text(c.co_name), *counts, c.co_stacksize, c.co_flags))
    for kind in "names", "varnames", "cellvars", "freevars":
        write(kind + "".join(" " + text(n) for n in getattr(c, "co_" + kind)) + "\n")
    for index, value in enumerate(c.co_consts):
        write("const %d %s\n" % (index, constant(value)))
    write("code " + c.co_code.hex() + "\n")
    write("lines " + c.co_linetable.hex() + "\n")
    write("exceptions " + c.co_exceptiontable.hex() + "\n")
    for value in c.co_consts:
        if isinstance(value, types.CodeType):
            dump(value, write)


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(10_000)
    optimize = int(sys.argv[1])
    write = open(1, "w", encoding="ascii", buffering=1 << 20).write
    for path in os.fsdecode(sys.stdin.buffer.read()).split("\n"):
        if not path:
            continue
        write("FILE\n")
        try:
            with open(path, "rb") as f:
                code = compile(f.read(), "FILE", "exec", dont_inherit=True, optimize=optimize)
            dump(code, write)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
            where = [getattr(e, n, None) or 0 for n in ("lineno", "offset", "end_lineno", "end_offset")]
            message = getattr(e, "msg", None) or str(e)
            write("ERROR %s %s %s\n" % (type(e).__name__, text(message), where))
        write("END\n")


main()
