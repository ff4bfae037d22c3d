"""Parts of `_collections` that are Python code."""


class defaultdict(dict):
    """A dict that makes the values of missing keys.

    The factory is called without arguments; its result becomes the value of the key.
    Everything else is as in a dict, arguments included.
    """

    __module__ = 'collections'
    __slots__ = ('default_factory',)

    def __init__(self, default_factory=None, /, *args, **kwargs):
        if default_factory is not None and not callable(default_factory):
            raise TypeError('first argument must be callable or None')
        self.default_factory = default_factory
        super().__init__(*args, **kwargs)

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        self.default_factory = None
        return self

    def __missing__(self, key):
        factory = self.default_factory
        if factory is None:
            raise KeyError(key)
        self[key] = value = factory()
        return value

    def copy(self):
        return type(self)(self.default_factory, self)

    __copy__ = copy

    def __reduce__(self):
        args = () if self.default_factory is None else (self.default_factory,)
        return type(self), args, None, None, iter(self.items())

    def __repr__(self, _running=set()):
        factory = self.default_factory
        key = id(self)
        if key in _running:
            shown = '...'
        else:
            _running.add(key)
            try:
                shown = repr(factory)
            finally:
                _running.discard(key)
        return f'{type(self).__name__}({shown}, {dict.__repr__(self)})'

    def __or__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        new = self.copy()
        new.update(other)
        return new

    def __ror__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        new = type(self)(self.default_factory, other)
        new.update(self)
        return new
