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
    # The base of all nodes.
    __module__ = 'ast'
    _fields = ()
    _attributes = ()
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
                _deprecated(f'{cls.__name__}.__init__ got an unexpected keyword argument {name!r}. Support for '
                            'arbitrary keyword arguments is deprecated and will be removed in Python 3.15.')
            missing.discard(name)
            setattr(self, name, value)
        if missing and (types := getattr(cls, '_field_types', None)) is not None:
            self._fill(cls, types, [name for name in fields if name in missing])

    def _fill(self, cls, types, missing):
        for name in missing:
            kind = types.get(name, _UNKNOWN)
            if kind is _UNKNOWN:
                _deprecated(f'Field {name!r} is missing from {cls.__name__}._field_types. '
                            'This will become an error in Python 3.15.', 4)
            elif isinstance(kind, _LIST):
                setattr(self, name, [])
            elif kind is expr_context:
                setattr(self, name, Load())
            elif not isinstance(kind, _OPTIONAL):
                _deprecated(f'{cls.__name__}.__init__ missing 1 required positional argument: {name!r}. '
                            'This will become an error in Python 3.15.', 4)

    def __reduce__(self):
        # The constructor gets something for the first fields, so that it does not complain; the state follows.
        state = self.__dict__.copy()
        given = 0
        for name in type(self)._fields:
            if name not in state:
                break
            given += 1
        return type(self), (None,) * given, state

    def __replace__(self, /, *args, **changes):
        if args:
            raise TypeError('__replace__() takes no positional arguments')
        cls = type(self)
        known = (*cls._fields, *cls._attributes)
        for name in changes:
            if name not in known:
                raise TypeError(f'{cls.__name__}.__replace__ got an unexpected keyword argument {name!r}.')
        own = self.__dict__
        types = getattr(cls, '_field_types', {})
        missing = sorted(repr(name) for name in cls._fields
                         if name not in own and name not in changes and not isinstance(types.get(name), _OPTIONAL))
        if missing:
            plural = '' if len(missing) == 1 else 's'
            raise TypeError(f'{cls.__name__}.__replace__ missing {len(missing)} keyword argument{plural}: '
                            f'{", ".join(missing)}.')
        return cls(**{name: own[name] for name in known if name in own} | changes)

    def __repr__(self):
        return _show(self, 3)


_UNKNOWN = object()
_LIST = type(list[int])
_OPTIONAL = type(int | str)


def _deprecated(text, level=3):
    import warnings
    warnings.warn(text, DeprecationWarning, stacklevel=level)


def _show(node, depth):
    cls = type(node)
    if depth <= 0:
        return f'{cls.__name__}(...)'
    if not cls._fields:
        return f'{cls.__name__}()'
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
        pending.append((cls, base, fields))
    for names, attributes in _LOCATED.items():
        for name in names:
            cls = classes[name]
            cls._attributes = attributes
            for attribute in _OPTIONAL_ATTRIBUTES:
                if attribute in attributes and name not in _REQUIRED_ENDS:
                    setattr(cls, attribute, None)
    for cls, base, fields in pending:
        cls.__doc__ = _describe(cls.__name__, fields)
        globals()[cls.__name__] = cls
        if base == 'AST' and cls.__subclasses__():
            continue
        types = {}
        for field, kind in fields:
            base = classes[kind.rstrip('?*')]
            types[field] = base | None if kind.endswith('?') else list[base] if kind.endswith('*') else base
        cls._field_types = types
        cls.__annotations__ = types.copy()
    for name, cls in classes.items():
        members = isinstance(cls, type) and cls.__base__ is AST and cls.__subclasses__()
        if members:
            # Classes without fields are listed in one line.
            margin = '\n' + ' ' * len(name) if any(member._fields for member in members) else ''
            cls.__doc__ = f'{name} = ' + f'{margin} | '.join(member.__doc__ for member in members)


# What the table does not tell apart: names and other texts, and lists that may have gaps.
_TEXTS = ('type_comment', 'kind', 'tag')
_WITH_GAPS = (('Dict', 'keys'), ('arguments', 'kw_defaults'))


def _describe(name, fields):
    def kind_of(field, kind):
        base = kind.rstrip('?*')
        mark = kind[len(base):]
        if base == 'str':
            base = 'string' if field in _TEXTS else 'identifier'
        elif base == 'object':
            base = 'constant'
        return base + ('?*' if (name, field) in _WITH_GAPS else mark)
    if not fields:
        return name
    return f'{name}({", ".join(f"{kind_of(field, kind)} {field}" for field, kind in fields)})'


# Patterns and type parameters always say where they end.
_REQUIRED_ENDS = ('pattern', 'type_param')
_make()
