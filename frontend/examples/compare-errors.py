"""Answers what CPython says about sources: the other half of compare-errors.rs.

    compare-errors.py serve              sources on standard input, answers on standard output
    compare-errors.py record FILE TEST…  run CPython's tests and write every source that they compile to FILE

A source travels as a line `MODE FLAGS LENGTH` and its bytes; MODE ends in `!` if the source was bytes.
An answer is one line: `accepted` or the error, and after tabs the warnings with their lines.
"""

import builtins
import json
import sys
import warnings

FUTURE = 0x1FF0000 | 0x2000


def answer(source, mode, flags):
    error = "accepted"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compile(source, "FILE", mode, flags, dont_inherit=True)
        except SyntaxError as e:
            where = [n or 0 for n in (e.lineno, e.offset, e.end_lineno, e.end_offset)]
            error = f"{type(e).__name__} {json.dumps(e.msg)} {where}"
        except Exception as e:
            error = f"{type(e).__name__} {json.dumps(str(e))} [0, 0, 0, 0]"
    noted = [f"{w.lineno} {json.dumps(str(w.message))}" for w in caught if w.category is SyntaxWarning]
    return "\t".join([error, *noted])


def serve():
    read, write = sys.stdin.buffer, sys.stdout
    while header := read.readline():
        mode, flags, length = header.decode().split()
        source = read.read(int(length))
        if mode.endswith("!"):
            mode = mode[:-1]
        else:
            source = source.decode()
        write.write(answer(source, mode, int(flags)) + "\n")
        write.flush()


def record(path, names):
    import unittest

    seen = set()
    out = open(path, "wb")
    real_compile, real_exec, real_eval = builtins.compile, builtins.exec, builtins.eval

    def note(source, mode, flags):
        if isinstance(source, str):
            try:
                data = source.encode()
            except UnicodeEncodeError:
                return
            kind = mode
        elif isinstance(source, (bytes, bytearray, memoryview)):
            data, kind = bytes(source), mode + "!"
        else:
            return
        key = kind, flags & FUTURE, data
        if mode in ("exec", "eval", "single") and key not in seen and len(data) < 200_000:
            seen.add(key)
            out.write(b"%s %d %d\n" % (kind.encode(), key[1], len(data)) + data)
            out.flush()

    def new_compile(source, filename, mode, flags=0, *args, **kwargs):
        note(source, mode, flags)
        if not (args and args[0] or kwargs.get("dont_inherit")):
            flags |= sys._getframe(1).f_code.co_flags & FUTURE
            args, kwargs["dont_inherit"] = args[1:], True
            if args:
                kwargs["optimize"], args = args[0], ()
        return real_compile(source, filename, mode, flags, *args, **kwargs)

    def runs(real, mode):
        def run(source, globals=None, locals=None, /, **kwargs):
            note(source.lstrip(" \t") if mode == "eval" and isinstance(source, str) else source, mode, 0)
            frame = sys._getframe(1)
            if globals is None:
                globals = frame.f_globals
                if locals is None:
                    locals = frame.f_locals
            return real(source, globals, locals, **kwargs)

        return run

    builtins.compile, builtins.exec, builtins.eval = new_compile, runs(real_exec, "exec"), runs(real_eval, "eval")
    warnings.simplefilter("ignore")
    for name in names:
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName("test." + name)
            result = unittest.TestResult()
            suite.run(result)
            print(f"{name}: {result.testsRun} tests, {len(seen)} sources so far", file=sys.stderr)
        except BaseException as e:
            print(f"{name}: {e!r}", file=sys.stderr)


if sys.argv[1] == "serve":
    serve()
else:
    record(sys.argv[2], sys.argv[3:])
