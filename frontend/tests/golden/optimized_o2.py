"""A module under -OO."""

def checked(x):
    """Returns x."""
    assert x, "no x"
    if __debug__:
        print(x)
    return x


class OnlyDocumented:
    """Nothing else."""


class Documented:
    """First."""

    "Second."

    x = 1

    def method(self):
        """Only this."""

    def two(self):
        """One."""
        """Two."""


async def coroutine():
    """Waits
    for nothing."""


def generator():
    """Doc"""; yield
