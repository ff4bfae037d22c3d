# raise from, implicit context, suppressed context.
def explicit():
    try:
        int("x")
    except ValueError as error:
        raise RuntimeError("could not parse") from error


def implicit():
    try:
        {}["missing"]
    except KeyError:
        raise IndexError("while handling")


def suppressed():
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError("clean") from None


for function in (explicit, implicit, suppressed):
    try:
        function()
    except Exception as error:
        print(type(error).__name__, error, "| cause:", repr(error.__cause__), "| context:", repr(error.__context__), error.__suppress_context__)


def chain(depth):
    try:
        if depth == 0:
            raise KeyError(0)
        chain(depth - 1)
    except Exception:
        raise ValueError(depth)


try:
    chain(3)
except ValueError as error:
    links = []
    while error is not None:
        links.append(repr(error))
        error = error.__context__
    print(links)
for cause in (ValueError, ValueError("instance"), None):
    try:
        raise RuntimeError("r") from cause
    except RuntimeError as error:
        print(repr(error.__cause__), error.__suppress_context__)
try:
    raise RuntimeError("r") from 5
except TypeError as error:
    print(error)


def finally_raises():
    try:
        raise ValueError("first")
    finally:
        raise TypeError("second")


try:
    finally_raises()
except TypeError as error:
    print(error, repr(error.__context__))


def finally_returns():
    for _ in range(1):
        try:
            raise ValueError("lost")
        except ValueError:
            pass
        finally:
            result = "kept"
    return result


print(finally_returns())
import sys

try:
    raise ValueError("current")
except ValueError:
    print(sys.exc_info()[0].__name__, sys.exception())
    try:
        raise KeyError("nested")
    except KeyError:
        print(sys.exception())
    print(sys.exception())
print(sys.exception(), sys.exc_info())
