# Exception groups and except*.
def run(*errors):
    handled = []
    try:
        if errors:
            raise ExceptionGroup("several", list(errors))
    except* ValueError as group:
        handled.append(("value", [str(e) for e in group.exceptions]))
    except* (KeyError, IndexError) as group:
        handled.append(("lookup", [type(e).__name__ for e in group.exceptions]))
    else:
        handled.append("else")
    finally:
        handled.append("finally")
    return handled


print(run())
print(run(ValueError("a"), KeyError("b"), ValueError("c"), IndexError("d")))
try:
    run(ValueError("a"), TypeError("not handled"))
except ExceptionGroup as group:
    print(repr(group), group.exceptions)
nested = ExceptionGroup("outer", [ValueError(1), ExceptionGroup("inner", [TypeError(2), ValueError(3)])])
match, rest = nested.split(ValueError)
print(repr(match), "|", repr(rest), "|", repr(nested.subgroup(TypeError)), nested.subgroup(KeyError))
print(str(nested), nested.message, len(nested.exceptions))
try:
    try:
        raise ValueError("naked")
    except* ValueError as group:
        print(repr(group))
        raise KeyError("from the handler")
except ExceptionGroup as group:
    print(repr(group), repr(group.exceptions[0].__context__))
except KeyError as error:
    print("plain", repr(error))
for attempt in (lambda: ExceptionGroup("e", []), lambda: ExceptionGroup("e", [1]), lambda: ExceptionGroup(1, [ValueError()]), lambda: ExceptionGroup("e", [KeyboardInterrupt()])):
    try:
        attempt()
    except (TypeError, ValueError) as error:
        print(type(error).__name__ + ":", error)
print(isinstance(BaseExceptionGroup("b", [ValueError()]), ExceptionGroup), type(BaseExceptionGroup("b", [KeyboardInterrupt()])).__name__)
