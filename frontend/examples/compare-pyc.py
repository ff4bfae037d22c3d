"""Reads `.pyc` files of Taipan, makes its own of the same sources, and lists both with `dis`.

The other half is compare-pyc.rs. A line on standard input names a source, Taipan's file (or nothing), where to put this
interpreter's file and its listing, and the way of validation; the line on standard output says what came of it.
"""

import dis
import importlib.machinery
import io
import os
import py_compile
import re
import sys
import warnings


def listing(code):
    out = io.StringIO()
    dis.dis(code, file=out, show_caches=True, show_offsets=True, show_positions=True)
    return re.sub(r"(<code object .*? at) 0x[0-9a-f]+", r"\1 0x...", out.getvalue())


def load(path):
    return importlib.machinery.SourcelessFileLoader("module", path).get_code("module")


def answer(source, theirs, ours, listed, mode):
    mode = py_compile.PycInvalidationMode[mode]
    try:
        py_compile.compile(source, cfile=ours, dfile="FILE", doraise=True, invalidation_mode=mode)
    except (py_compile.PyCompileError, ValueError, RecursionError, MemoryError):
        return "refused" if not theirs else "refused by CPython alone"
    if not theirs:
        return "refused by Taipan alone"
    expected = listing(load(ours))
    with open(listed, "w", encoding="utf-8", errors="surrogatepass", newline="") as f:
        f.write(expected)
    with open(theirs, "rb") as a, open(ours, "rb") as b:
        if a.read(16) != b.read(16):
            return "headers differ"
    actual = listing(load(theirs))
    if actual == expected:
        return "same"
    # Members of equal hash (modulo the set's size) are shown in the order in which the set was filled.
    return "same but for sets" if unordered(actual) == unordered(expected) else "listings in CPython differ"


def unordered(text):
    return re.sub(r"frozenset\(\{.*\}\)", lambda found: "".join(sorted(found[0])), text)


def main():
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        try:
            result = answer(*line.rstrip("\n").split("\t"))
        except Exception as e:
            result = "%s: %s" % (type(e).__name__, e)
        print(result.replace("\n", " "), flush=True)


main()
