"""The part of `_typing` that is a plain class: what inherits from it has the layout of plain classes."""


class Generic:
    """Abstract base class for generic types."""

    __module__ = 'typing'
    __slots__ = ()

    @classmethod
    def __class_getitem__(cls, *args, **kwargs):
        import typing
        return typing._generic_class_getitem(cls, *args, **kwargs)

    @classmethod
    def __init_subclass__(cls, *args, **kwargs):
        import typing
        return typing._generic_init_subclass(cls, *args, **kwargs)


# These would tell that the class was written in Python.
for _name in ['__slots__', '__firstlineno__', '__static_attributes__']:
    delattr(Generic, _name)
