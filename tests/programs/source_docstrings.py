"""The module's text.

Second paragraph.
"""


def f():
    """Indented
      more
    less
    """
    return f.__doc__


class C:
    "Class text."

    def m(self):
        'Method text.'
        "not a docstring"


def g():
    f"not a {1} docstring"


def h():
    # only a comment
    "after a comment"


print(repr(__doc__))
print(repr(f()), repr(C.__doc__), repr(C.m.__doc__), g.__doc__, h.__doc__, C().__doc__)
print((lambda: 0).__doc__, __name__, __debug__, [].__doc__ is not None)
C.__doc__ = "changed"
f.__doc__ = None
print(C.__doc__, f.__doc__)
if __name__ == "__main__":
    print("run as a program")
