# try, except, else and finally in every combination, with return, break and continue.
def forms(action):
    log = []
    try:
        log.append("try")
        if action == "raise":
            raise ValueError("v")
        if action == "other":
            raise KeyError("k")
    except ValueError as error:
        log.append(f"except {error}")
    except (KeyError, IndexError) as error:
        log.append(f"tuple {error}")
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


for action in ("none", "raise", "other"):
    print(forms(action))


def returns(how):
    try:
        if how == "raise":
            1 / 0
        return "try"
    except ZeroDivisionError:
        return "except"
    else:
        return "else"
    finally:
        print("cleanup", how)


print(returns("plain"), returns("raise"))


def loops():
    result = []
    for i in range(6):
        try:
            if i == 1:
                continue
            if i == 4:
                break
            if i == 2:
                raise ValueError
            result.append(i)
        except ValueError:
            result.append("caught")
            continue
        finally:
            result.append(f"f{i}")
    else:
        result.append("no break")
    return result


print(loops())


def nested():
    try:
        try:
            raise KeyError("inner")
        finally:
            print("inner finally")
    except KeyError as error:
        print("outer", error)
        try:
            raise IndexError("second")
        except IndexError as second:
            print(second, repr(second.__context__))
    try:
        error
    except NameError as unbound:
        print(unbound)


nested()


def reraise():
    try:
        try:
            raise ValueError("original")
        except ValueError:
            print("passing on")
            raise
    except ValueError as error:
        return error.args


print(reraise())
try:
    raise
except RuntimeError as error:
    print(error)


def deep(n):
    try:
        if n == 0:
            raise LookupError("bottom")
        deep(n - 1)
    finally:
        order.append(n)


order = []
try:
    deep(4)
except LookupError as error:
    print(error, order)
