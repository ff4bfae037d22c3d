"""Writes what CPython says about each source of cases.txt:  python3.14 make.py"""

import json
import pathlib
import platform
import warnings


def main():
    warnings.simplefilter("ignore")
    path = pathlib.Path(__file__).with_name("cases.txt")
    lines = ["# CPython " + platform.python_version() + ": a source and the error that compile() raises, by make.py"]
    for source in path.read_text().splitlines()[1::2]:
        lines.append(source)
        try:
            compile(json.loads(source), "FILE", "exec", dont_inherit=True)
            lines.append("no error")
        except SyntaxError as e:
            where = [n or 0 for n in (e.lineno, e.offset, e.end_lineno, e.end_offset)]
            lines.append("%s %s %s" % (type(e).__name__, json.dumps(e.msg), where))
        except UnicodeEncodeError as e:
            lines.append("%s %s %s" % (type(e).__name__, json.dumps(str(e)), [0, 0, 0, 0]))
    path.write_text("\n".join(lines) + "\n")


main()
