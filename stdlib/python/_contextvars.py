"""Context variables (PEP 567).

A context is an immutable mapping from variables to values; setting a variable makes a new mapping.
Each thread has a current context of its own.
"""

from _thread import _context, _set_context

__all__ = ['Context', 'ContextVar', 'Token', 'copy_context']

_MISSING = object()


class _Missing:
    __slots__ = ()

    def __repr__(self):
        return '<Token.MISSING>'


class Context:
    """A mapping of context variables to values, in which functions can run."""

    __slots__ = ('_values', '_previous', '_entered', '__weakref__')
    __module__ = '_contextvars'

    def __init__(self):
        self._values = {}
        self._previous = None
        self._entered = False

    def __init_subclass__(cls, **kwargs):
        raise TypeError("type '_contextvars.Context' is not an acceptable base type")

    def run(self, callable, /, *args, **kwargs):
        """Call the function in this context."""
        if self._entered:
            raise RuntimeError(f'cannot enter context: {self!r} is already entered')
        self._previous = _context()
        self._entered = True
        _set_context(self)
        try:
            return callable(*args, **kwargs)
        finally:
            _set_context(self._previous)
            self._previous = None
            self._entered = False

    def copy(self):
        """Return a shallow copy of the context object."""
        new = Context()
        new._values = self._values
        return new

    def _check(self, key):
        if not isinstance(key, ContextVar):
            raise TypeError(f'a ContextVar key was expected, got {key!r}')

    def __getitem__(self, key):
        self._check(key)
        return self._values[key]

    def __contains__(self, key):
        self._check(key)
        return key in self._values

    def get(self, key, default=None, /):
        self._check(key)
        return self._values.get(key, default)

    def keys(self):
        return self._values.keys()

    def values(self):
        return self._values.values()

    def items(self):
        return self._values.items()

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __eq__(self, other):
        if not isinstance(other, Context):
            return NotImplemented
        return self._values == other._values

    __hash__ = None


class ContextVar:
    """A variable whose value belongs to the current context."""

    __slots__ = ('_name', '_default', '__weakref__')
    __module__ = '_contextvars'

    def __init__(self, name, *, default=_MISSING):
        if not isinstance(name, str):
            raise TypeError('context variable name must be a str')
        self._name = name
        self._default = default

    def __init_subclass__(cls, **kwargs):
        raise TypeError("type '_contextvars.ContextVar' is not an acceptable base type")

    def __class_getitem__(cls, item):
        return type(list[int])(cls, item)

    @property
    def name(self):
        return self._name

    def get(self, default=_MISSING, /):
        """The value in the current context, or a default."""
        value = _current()._values.get(self, _MISSING)
        if value is not _MISSING:
            return value
        if default is not _MISSING:
            return default
        if self._default is not _MISSING:
            return self._default
        raise LookupError(self)

    def set(self, value, /):
        """Set the value in the current context; a token to undo it."""
        context = _current()
        token = Token._make(context, self, context._values.get(self, _MISSING))
        context._values = context._values | {self: value}
        return token

    def reset(self, token, /):
        """Undo what gave the token."""
        if not isinstance(token, Token):
            raise TypeError(f'expected an instance of Token, got {token!r}')
        if token._used:
            raise RuntimeError(f'{token!r} has already been used once')
        if token._var is not self:
            raise ValueError(f'{token!r} was created by a different ContextVar')
        context = _current()
        if token._context is not context:
            raise ValueError(f'{token!r} was created in a different Context')
        token._used = True
        if token._old is _MISSING:
            values = dict(context._values)
            values.pop(self, None)
            context._values = values
        else:
            context._values = context._values | {self: token._old}

    def __repr__(self):
        default = '' if self._default is _MISSING else f' default={self._default!r}'
        return f'<ContextVar name={self._name!r}{default} at {id(self):#x}>'


class Token:
    """What undoes the setting of a variable, once."""

    __slots__ = ('_context', '_var', '_old', '_used')
    __module__ = '_contextvars'
    MISSING = _Missing()

    def __new__(cls, *args, **kwargs):
        raise RuntimeError('Tokens can only be created by ContextVars')

    def __class_getitem__(cls, item):
        return type(list[int])(cls, item)

    @classmethod
    def _make(cls, context, var, old):
        self = object.__new__(cls)
        self._context, self._var, self._old, self._used = context, var, old, False
        return self

    @property
    def var(self):
        return self._var

    @property
    def old_value(self):
        return Token.MISSING if self._old is _MISSING else self._old

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, exc_tb):
        self._var.reset(self)

    def __repr__(self):
        used = ' used' if self._used else ''
        return f'<Token{used} var={self._var!r} at {id(self):#x}>'


def _current():
    context = _context()
    if context is None:
        context = Context()
        _set_context(context)
    return context


def copy_context():
    """A copy of the current context."""
    return _current().copy()
