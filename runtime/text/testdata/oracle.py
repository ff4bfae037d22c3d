"""Writes the expected values of the unit tests, asking the CPython that runs this.

    python3.14 testdata/oracle.py [SCALE] [NAME...]

writes testdata/NAME.tsv for each generator below (all of them without a NAME). SCALE multiplies the
number of random cases; what is committed was written with SCALE 1. A row is an operation, its arguments
and the result, separated by tabs. Doubles are their bits in hexadecimal; text is ASCII with Python's
escapes; an exception is `!Type: message`.
"""

import importlib
import pathlib
import platform
import random
import struct
import sys

HERE = pathlib.Path(__file__).parent
SCALE = 1


def bits(value):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", value))[0]


def double(pattern):
    return struct.unpack("<d", struct.pack("<Q", pattern))[0]


def text(value):
    return value.encode("unicode_escape").decode("ascii")


def outcome(function, *args, show=str):
    try:
        return show(function(*args))
    except Exception as error:
        args = error.args
        return "!%s: %s" % (type(error).__name__, text(str(args[-1] if args else "")))


def write(name, rows):
    rows = [tuple(map(str, row)) for row in rows]
    for row in rows:
        assert not any("\t" in cell or "\n" in cell for cell in row), row
    with open(HERE / (name + ".tsv"), "w", encoding="ascii", newline="\n") as out:
        out.write("# Expected values of CPython %s; see oracle.py.\n" % platform.python_version())
        for row in rows:
            out.write("\t".join(row) + "\n")


def main(generators):
    global SCALE
    args = sys.argv[1:]
    if args and args[0].isdigit():
        SCALE = int(args.pop(0))
    for name, generate in generators.items():
        if not args or name in args:
            random.seed(name)
            write(name, generate(SCALE))


if __name__ == "__main__":
    names = ["float", "int", "unicode", "escape", "find", "sort", "spec"]
    main({name: importlib.import_module("oracle_" + name).rows for name in names})
