"""What some builtins do with an iterable, for calls with generators: nothing in here may look at globals.

The runtime takes the functions' code, which runs in the place of the builtin.
"""


def set(items):
    return {item for item in items}


def list(items):
    return [item for item in items]


def sorted(items):
    result = [item for item in items]
    result.sort()
    return result
