"""Type parameters: what `typing` and the syntax for type parameters (PEP 695, PEP 696) are made of.

Bounds, constraints, defaults and values of aliases are given as values or as functions that compute them when they
are asked for.
The functions whose names begin with `_intrinsic` are what the compiled syntax calls.
"""

import sys

from _taipan_typing import constant as _constant

Union = type(int | str)


def _idfunc(x, /):
    return x


class NoDefaultType:
    """The type of the NoDefault singleton."""

    __slots__ = ()
    __module__ = 'builtins'

    def __new__(cls):
        return NoDefault

    def __repr__(self):
        return 'typing.NoDefault'

    def __reduce__(self):
        return 'NoDefault'


NoDefault = object.__new__(NoDefaultType)
_UNSET = object()


def _caller_module():
    return sys._getframemodulename(2)


def _check_type(value, message):
    if value is None:
        return type(None)
    import typing
    return typing._type_check(value, message)


class _Lazy:
    """A value, or a function that computes it once."""

    __slots__ = ('value', 'evaluate')

    def __init__(self, value=_UNSET, evaluate=None):
        self.value = value
        self.evaluate = evaluate

    def get(self, missing=None):
        if self.value is _UNSET:
            if self.evaluate is None:
                return missing
            self.value = self.evaluate(1)
        return self.value

    def evaluator(self):
        if self.evaluate is not None:
            return self.evaluate
        if self.value is _UNSET:
            return None
        return _constant(self.value)


class _Parameter:
    """What all kinds of type parameters have in common."""

    __slots__ = ('__name__', '_default', '__dict__', '__weakref__')

    def __init_subclass__(cls, **kwargs):
        if cls.__module__ not in ('typing', '_typing'):
            base = cls.__mro__[1].__name__
            raise TypeError(f"type 'typing.{base}' is not an acceptable base type")

    @property
    def __default__(self):
        return self._default.get(NoDefault)

    @property
    def evaluate_default(self):
        if self._default.evaluate is None and self._default.value is NoDefault:
            return None
        return self._default.evaluator()

    def has_default(self):
        return self._default.evaluate is not None or self._default.value is not NoDefault

    def __mro_entries__(self, bases):
        raise TypeError(f'Cannot subclass an instance of {type(self).__name__}')

    def __reduce__(self):
        return self.__name__

    def __or__(self, other):
        return _make_union(self, other)

    def __ror__(self, other):
        return _make_union(other, self)


def _make_union(left, right):
    import typing
    return typing.Union[left, right]


def _name_of(self, name, kind):
    if not isinstance(name, str):
        raise TypeError(f"{kind}() argument 'name' must be str, not {type(name).__name__}")
    self.__name__ = name


class _Variance:
    __slots__ = ()

    def _set_variance(self, covariant, contravariant, infer_variance):
        if covariant and contravariant:
            raise ValueError('Bivariant types are not supported.')
        if infer_variance and (covariant or contravariant):
            raise ValueError('Variance cannot be specified with infer_variance.')
        self.__covariant__ = bool(covariant)
        self.__contravariant__ = bool(contravariant)
        self.__infer_variance__ = bool(infer_variance)

    def __repr__(self):
        if self.__infer_variance__:
            return self.__name__
        if self.__covariant__:
            return '+' + self.__name__
        if self.__contravariant__:
            return '-' + self.__name__
        return '~' + self.__name__


class TypeVar(_Variance, _Parameter):
    """Type variable."""

    __module__ = 'typing'

    def __init__(self, name, *constraints, bound=None, default=NoDefault, covariant=False,
                 contravariant=False, infer_variance=False):
        _name_of(self, name, 'typevar')
        self._set_variance(covariant, contravariant, infer_variance)
        if bound is not None:
            bound = _check_type(bound, 'Bound must be a type.')
        if len(constraints) == 1:
            raise TypeError('A single constraint is not allowed')
        if constraints and bound is not None:
            raise TypeError('Constraints cannot be combined with bound=...')
        self._bound = _Lazy(_UNSET if bound is None else bound)
        self._constraints = _Lazy(constraints if constraints else _UNSET)
        self._default = _Lazy(default)
        self.__module__ = _caller_module()

    @property
    def __bound__(self):
        return self._bound.get()

    @property
    def __constraints__(self):
        return self._constraints.get(())

    @property
    def evaluate_bound(self):
        return self._bound.evaluator()

    @property
    def evaluate_constraints(self):
        return self._constraints.evaluator()

    def __typing_subst__(self, arg):
        import typing
        return typing._typevar_subst(self, arg)

    def __typing_prepare_subst__(self, alias, args):
        params = alias.__parameters__
        i = params.index(self)
        if i < len(args):
            return args
        if i == len(args) and self.has_default():
            return (*args, self.__default__)
        raise TypeError(f'Too few arguments for {alias}')


class ParamSpecArgs:
    """The args for a ParamSpec object."""

    __module__ = 'typing'
    __slots__ = ('__origin__', '__weakref__')

    def __init__(self, origin):
        self.__origin__ = origin

    def __repr__(self):
        name = getattr(self.__origin__, '__name__', None)
        return f'{self.__origin__!r}.args' if name is None else f'{name}.args'

    def __eq__(self, other):
        if not isinstance(other, ParamSpecArgs):
            return NotImplemented
        return self.__origin__ == other.__origin__

    def __mro_entries__(self, bases):
        raise TypeError(f'Cannot subclass an instance of {type(self).__name__}')


class ParamSpecKwargs:
    """The kwargs for a ParamSpec object."""

    __module__ = 'typing'
    __slots__ = ('__origin__', '__weakref__')

    def __init__(self, origin):
        self.__origin__ = origin

    def __repr__(self):
        name = getattr(self.__origin__, '__name__', None)
        return f'{self.__origin__!r}.kwargs' if name is None else f'{name}.kwargs'

    def __eq__(self, other):
        if not isinstance(other, ParamSpecKwargs):
            return NotImplemented
        return self.__origin__ == other.__origin__

    def __mro_entries__(self, bases):
        raise TypeError(f'Cannot subclass an instance of {type(self).__name__}')


class ParamSpec(_Variance, _Parameter):
    """Parameter specification variable."""

    __module__ = 'typing'

    def __init__(self, name, *, bound=None, default=NoDefault, covariant=False, contravariant=False,
                 infer_variance=False):
        _name_of(self, name, 'paramspec')
        self._set_variance(covariant, contravariant, infer_variance)
        if bound is not None:
            bound = _check_type(bound, 'Bound must be a type.')
        self.__bound__ = bound
        self._default = _Lazy(default)
        self.__module__ = _caller_module()

    @property
    def args(self):
        """Represents positional arguments."""
        return ParamSpecArgs(self)

    @property
    def kwargs(self):
        """Represents keyword arguments."""
        return ParamSpecKwargs(self)

    def __typing_subst__(self, arg):
        import typing
        return typing._paramspec_subst(self, arg)

    def __typing_prepare_subst__(self, alias, args):
        import typing
        return typing._paramspec_prepare_subst(self, alias, args)


class TypeVarTuple(_Parameter):
    """Type variable tuple."""

    __module__ = 'typing'

    def __init__(self, name, *, default=NoDefault):
        _name_of(self, name, 'typevartuple')
        self._default = _Lazy(default)
        self.__module__ = _caller_module()

    def __repr__(self):
        return self.__name__

    def __iter__(self):
        import typing
        yield typing.Unpack[self]

    def __typing_subst__(self, arg):
        raise TypeError('Substitution of bare TypeVarTuple is not supported')

    def __typing_prepare_subst__(self, alias, args):
        import typing
        return typing._typevartuple_prepare_subst(self, alias, args)


class TypeAliasType:
    """Type alias, as the type statement makes them."""

    __module__ = 'typing'
    __slots__ = ('__name__', '_lazy', '__type_params__', '__dict__', '__weakref__')

    def __init__(self, name, value, *, type_params=()):
        if not isinstance(name, str):
            raise TypeError(f"typealias() argument 'name' must be str, not {type(name).__name__}")
        if not isinstance(type_params, tuple):
            raise TypeError('type_params must be a tuple')
        seen_default = False
        for parameter in type_params:
            has_default = getattr(parameter, 'has_default', None)
            if has_default is None:
                raise TypeError(f'Expected a type param, got {parameter!r}')
            if has_default():
                seen_default = True
            elif seen_default:
                raise TypeError(f'non-default type parameter {parameter!r} follows default type parameter')
        self.__name__ = name
        self._lazy = _Lazy(value)
        self.__type_params__ = type_params
        self.__dict__['__module__'] = _caller_module()

    def __init_subclass__(cls, **kwargs):
        raise TypeError("type 'typing.TypeAliasType' is not an acceptable base type")

    @property
    def __value__(self):
        return self._lazy.get()

    @property
    def evaluate_value(self):
        return self._lazy.evaluator()

    @property
    def __parameters__(self):
        parameters = []
        for parameter in self.__type_params__:
            if isinstance(parameter, TypeVarTuple):
                parameters.extend(parameter)
            else:
                parameters.append(parameter)
        return tuple(parameters)

    def __repr__(self):
        return self.__name__

    def __getitem__(self, args):
        if not self.__type_params__:
            raise TypeError('Only generic type aliases are subscriptable')
        if not isinstance(args, tuple):
            args = (args,)
        return type(list[int])(self, args)

    def __or__(self, other):
        return _make_union(self, other)

    def __ror__(self, other):
        return _make_union(other, self)

    def __reduce__(self):
        return self.__name__

    def __call__(self, *args, **kwargs):
        raise TypeError("'typing.TypeAliasType' object is not callable")

    def __iter__(self):
        import typing
        yield typing.Unpack[self]

    def __mro_entries__(self, bases):
        raise TypeError(f'Cannot subclass an instance of {type(self).__name__}')


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


def _from_syntax(cls, name, module):
    self = object.__new__(cls)
    self.__name__ = name
    self._default = _Lazy(NoDefault)
    self.__module__ = module
    if cls is not TypeVarTuple:
        self._set_variance(False, False, True)
    if cls is TypeVar:
        self._bound = _Lazy()
        self._constraints = _Lazy()
    elif cls is ParamSpec:
        self.__bound__ = None
    return self


def _intrinsic_typevar(name, module):
    return _from_syntax(TypeVar, name, module)


def _intrinsic_typevar_with_bound(name, module, evaluate):
    self = _from_syntax(TypeVar, name, module)
    self._bound = _Lazy(evaluate=evaluate)
    return self


def _intrinsic_typevar_with_constraints(name, module, evaluate):
    self = _from_syntax(TypeVar, name, module)
    self._constraints = _Lazy(evaluate=evaluate)
    return self


def _intrinsic_paramspec(name, module):
    return _from_syntax(ParamSpec, name, module)


def _intrinsic_typevartuple(name, module):
    return _from_syntax(TypeVarTuple, name, module)


def _intrinsic_set_default(parameter, evaluate):
    parameter._default = _Lazy(evaluate=evaluate)
    return parameter


def _intrinsic_subscript_generic(parameters):
    import typing
    unpacked = []
    for parameter in parameters:
        if isinstance(parameter, TypeVarTuple):
            unpacked.extend(parameter)
        else:
            unpacked.append(parameter)
    return typing._GenericAlias(Generic, tuple(unpacked))


def _intrinsic_typealias(module, name, type_params, evaluate):
    self = object.__new__(TypeAliasType)
    self.__name__ = name
    self._lazy = _Lazy(evaluate=evaluate)
    self.__type_params__ = () if type_params is None else type_params
    self.__dict__['__module__'] = module
    return self
