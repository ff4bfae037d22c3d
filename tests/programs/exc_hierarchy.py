# Classes of exceptions, matching by base class, custom ones.
class AppError(Exception):
    """Base of the application."""


class NotFound(AppError, KeyError):
    def __init__(self, name):
        super().__init__(name)
        self.name = name

    def __str__(self):
        return f"{self.name} was not found"


def attempt(error, *types):
    try:
        raise error
    except types as caught:
        return f"caught {type(caught).__name__}: {caught}"
    except Exception as caught:
        return f"fell through: {type(caught).__name__}"


print(attempt(NotFound("x"), AppError), attempt(NotFound("y"), LookupError), attempt(NotFound("z"), ValueError))
print(attempt(ValueError, ValueError), attempt(ValueError(), Exception), attempt(KeyError("k"), KeyError), attempt(OSError(2, "gone"), OSError))
print(repr(ValueError("a", 1)), str(ValueError("a", 1)), str(ValueError()), repr(KeyError("k")), str(KeyError("k")), ValueError(5).args)
print([c.__name__ for c in NotFound.__mro__], issubclass(ZeroDivisionError, ArithmeticError), issubclass(StopIteration, Exception))
print(issubclass(KeyboardInterrupt, Exception), issubclass(RecursionError, RuntimeError), issubclass(ModuleNotFoundError, ImportError), issubclass(UnicodeDecodeError, ValueError))
for source in (lambda: [][0], lambda: {}["k"], lambda: int("x"), lambda: None.x, lambda: 1 / 0, lambda: "a" + 1, lambda: undefined, lambda: next(iter([])), lambda: [].nope(), lambda: "é".encode("ascii")):
    try:
        source()
    except Exception as error:
        print(type(error).__name__, "|", error, "|", type(error).__bases__[0].__name__)
for bad in (lambda: 5, lambda: int, lambda: None, lambda: "text"):
    try:
        raise bad()
    except TypeError as error:
        print(error)
try:
    try:
        raise ValueError("x")
    except "not a class":
        pass
except TypeError as error:
    print(error)
e = ValueError("noted")
e.add_note("first note")
e.custom = 1
print(e.__notes__, e.custom, e.with_traceback(None) is e, ValueError("a") == ValueError("a"))
print(StopIteration(5).value, SystemExit(3).code, OSError(2, "No such file", "f.txt"), NameError("n", name="n").name, AttributeError("a", name="a", obj=1).obj)
