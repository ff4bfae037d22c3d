# exit: 1
# How the last line of a traceback names exceptions of several kinds.
import sys


class Plain(Exception):
    pass


class WithStr(Exception):
    def __str__(self):
        return "two\nlines"


class Broken(Exception):
    def __str__(self):
        raise RuntimeError("cannot print")


class Outer:
    class Inner(KeyError):
        pass


for error in (Plain(), Plain("text"), WithStr(), Broken(), Outer.Inner("key"), KeyError("quoted"), ValueError(1, "a"), OSError(2, "No such file or directory", "name")):
    try:
        raise error
    except Exception:
        sys.excepthook(*sys.exc_info())
    print(type(error).__qualname__)
raise Outer.Inner("last")
