"""Parts of `_thread` that are Python code."""


class _local:
    """Attributes that belong to a thread. There is one thread, so they are those of the instance."""

    __module__ = '_thread'

    def __new__(cls, /, *args, **kwargs):
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError('Initialization arguments are not supported')
        return super().__new__(cls)
