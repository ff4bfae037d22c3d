# exit: 1
# The traceback of an exception group is a tree.
def fail(error):
    raise error


def collect(*errors):
    caught = []
    for error in errors:
        try:
            fail(error)
        except Exception as exception:
            caught.append(exception)
    return caught


inner = ExceptionGroup("inner", collect(ValueError("one"), KeyError("two")))
raise ExceptionGroup("outer", collect(TypeError("three"), inner))
