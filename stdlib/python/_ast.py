"""The classes of the abstract syntax tree.

They are made from a table: name, base, fields with their types, attributes.
"""

PyCF_ONLY_AST = 0x400
PyCF_TYPE_COMMENTS = 0x1000
PyCF_ALLOW_TOP_LEVEL_AWAIT = 0x2000
PyCF_OPTIMIZED_AST = 0x8000 | PyCF_ONLY_AST

# Lines of `Name(base) field:type`; `?`: optional, `*`: a list.
from _taipan_ast import TABLE as _TABLE

_LOCATED = {
    ('stmt', 'expr', 'excepthandler', 'arg', 'keyword', 'alias'): ('lineno', 'col_offset', 'end_lineno', 'end_col_offset'),
    ('pattern', 'type_param'): ('lineno', 'col_offset', 'end_lineno', 'end_col_offset'),
}

_OPTIONAL_ATTRIBUTES = ('end_lineno', 'end_col_offset')


class AST:
    """Base of all nodes of the abstract syntax tree."""

    __module__ = 'ast'
    _fields = ()
    _attributes = ()
    _field_types = {}
    __match_args__ = ()

    def __init__(self, *args, **kwargs):
        cls = type(self)
        fields = cls._fields
        if len(args) > len(fields):
            plural = '' if len(fields) == 1 else 's'
            raise TypeError(f'{cls.__name__} constructor takes at most {len(fields)} positional '
                            f'argument{plural}')
        missing = set(fields)
        for name, value in zip(fields, args):
            setattr(self, name, value)
            missing.discard(name)
        for name, value in kwargs.items():
            if name in fields and name not in missing:
                raise TypeError(f'{cls.__name__} got multiple values for argument {name!r}')
            if name not in fields and name not in cls._attributes:
                import warnings
                warnings.warn(
                    f'{cls.__name__}.__init__ got an unexpected keyword argument {name!r}. '
                    'Support for arbitrary keyword arguments is deprecated and will be removed in '
                    'Python 3.15.', DeprecationWarning, stacklevel=2)
            missing.discard(name)
            setattr(self, name, value)
        if missing and (types := getattr(cls, '_field_types', None)):
            self._fill(cls, types, missing)

    def _fill(self, cls, types, missing):
        for name in cls._fields:
            if name not in missing or name not in types:
                continue
            kind = types[name]
            if isinstance(kind, type(list[int])):
                setattr(self, name, [])
            elif kind is expr_context:
                self.ctx = Load()
            elif not isinstance(kind, type(int | str)):
                import warnings
                warnings.warn(
                    f'{cls.__name__}.__init__ missing 1 required positional argument: {name!r}. '
                    'This will become an error in Python 3.15.', DeprecationWarning, stacklevel=3)

    def __reduce__(self):
        return type(self), (), self.__dict__.copy()

    def __replace__(self, /, **changes):
        cls = type(self)
        known = {*cls._fields, *cls._attributes}
        for name in changes:
            if name not in known:
                raise TypeError(f'{cls.__name__}.__replace__ got an unexpected keyword argument {name!r}.')
        return cls(**{**self.__dict__, **changes})

    def __repr__(self):
        return _show(self, 3)


def _show(node, depth):
    cls = type(node)
    if not cls._fields:
        return f'{cls.__name__}()'
    if depth <= 0:
        return f'{cls.__name__}(...)'
    parts = []
    for name in cls._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            shown = [_show(v, depth - 1) if isinstance(v, AST) else repr(v) for v in value]
            if len(shown) > 2:
                shown = [shown[0], '...', shown[-1]]
            parts.append(f'{name}=[{", ".join(shown)}]')
        elif isinstance(value, AST):
            parts.append(f'{name}={_show(value, depth - 1)}')
        else:
            parts.append(f'{name}={value!r}')
    return f'{cls.__name__}({", ".join(parts)})'


def _make():
    classes = {'AST': AST, 'identifier': str, 'int': int, 'str': str, 'string': str, 'object': object}
    pending = []
    for line in _TABLE.splitlines():
        head, _, fields = line.partition(') ')
        name, _, base = head.rstrip(')').partition('(')
        fields = [field.partition(':')[::2] for field in fields.split()]
        names = tuple(field for field, _ in fields)
        namespace = {'__module__': 'ast', '_fields': names, '__match_args__': names}
        if base == 'AST':
            namespace['_attributes'] = ()
        for field, kind in fields:
            if kind.endswith('?'):
                namespace[field] = None
        cls = classes[name] = type(name, (classes[base],), namespace)
        pending.append((cls, fields))
    for names, attributes in _LOCATED.items():
        for name in names:
            cls = classes[name]
            cls._attributes = attributes
            for attribute in _OPTIONAL_ATTRIBUTES:
                if attribute in attributes and name not in _REQUIRED_ENDS:
                    setattr(cls, attribute, None)
    for cls, fields in pending:
        types = {}
        for field, kind in fields:
            base = classes[kind.rstrip('?*')]
            types[field] = base | None if kind.endswith('?') else list[base] if kind.endswith('*') else base
        cls._field_types = types
        globals()[cls.__name__] = cls


# Patterns and type parameters always say where they end.
_REQUIRED_ENDS = ('pattern', 'type_param')
_make()
