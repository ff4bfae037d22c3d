# Type parameters, type aliases and what typing makes of them, as far as they can be seen.
import copy
import pickle
import types
import weakref
from typing import (Generic, NewType, NoDefault, ParamSpec, ParamSpecArgs, ParamSpecKwargs, TypeAliasType, TypeVar,
                    TypeVarTuple, Union)


def show(*functions):
    for f in functions:
        try:
            print(f())
        except Exception as e:
            print(f'{type(e).__name__}: {e}')


T, U, V = TypeVar('T'), TypeVar('U'), TypeVar('V')
D = TypeVar('D', default=str)
P, Ts = ParamSpec('P'), TypeVarTuple('Ts')
type Alias[Q] = list[Q]
Plain = TypeAliasType('Plain', int)
Component = ParamSpecArgs

# The types themselves.
for c in [TypeVar, ParamSpec, TypeVarTuple, ParamSpecArgs, ParamSpecKwargs, TypeAliasType, type(NoDefault), Union]:
    show(lambda: type('A', (c,), {}), lambda: setattr(c, 'x', 1), lambda: c(), lambda: (c.__module__, c.__qualname__),
         lambda: sorted(c.__dict__), lambda: c.__base__)
show(lambda: sorted(Generic.__dict__), lambda: type('A', (Generic,), {}))

# Their arguments.
show(lambda: TypeVar(1), lambda: TypeVar('a', 'b'), lambda: TypeVar('a', foo=2), lambda: ParamSpec(),
     lambda: TypeVarTuple(2), lambda: TypeVar('a', int, str, bound=int), lambda: TypeVar('a', bound=(1,)),
     lambda: TypeVar('a', covariant=True, contravariant=True), lambda: TypeVar('a', infer_variance=True, covariant=True),
     lambda: TypeVar('a', bound='x').__bound__, lambda: TypeVar('a', default=None).__default__,
     lambda: ParamSpec('a', bound=(int, 'x')).__bound__, lambda: ParamSpec('a', bound=None).__bound__,
     lambda: TypeAliasType('a'), lambda: TypeAliasType(), lambda: TypeAliasType(1, 2),
     lambda: TypeAliasType('a', int, type_params=3), lambda: TypeAliasType('a', int, type_params=(3,)),
     lambda: TypeAliasType('a', int, type_params=(D, T)), lambda: TypeAliasType('a', int, type_params=(T, D))[int, str])
show(lambda: [TypeVar('a', covariant=True), TypeVar('a', contravariant=True), TypeVar('a', infer_variance=True),
              ParamSpec('a'), TypeVarTuple('a')])

# What can be changed.
for o in [T, P, Ts, Alias, Plain, P.args]:
    for name in ['__name__', '__bound__', '__covariant__', '__default__', '__module__', '__value__', '__type_params__',
                 '__origin__', 'args', 'anything']:
        show(lambda: setattr(o, name, 'new'))
    show(lambda: o.__dict__, lambda: weakref.ref(o)() is o)
print(T.anything, T.__module__, T.__name__)

# What computes their values.
evaluators = ['evaluate_bound', 'evaluate_constraints', 'evaluate_default', 'evaluate_value']


def syntax[A: int, B: (int, str), *C, **E, F = str]():
    return A, B, C, E, F


for o in [*syntax(), T, D, P, Ts, Plain, TypeVar('a', int, str), TypeVar('a', bound=int)]:
    print(o, o.__module__, getattr(o, '__default__', ''), getattr(o, 'has_default', bool)())
    for name in evaluators:
        f = getattr(o, name, None)
        print(name, type(f).__name__, f and f(1), f(4) if type(f).__name__ == '_ConstEvaluator' else '')
show(lambda: (Alias.__module__, Alias.__value__, Alias.__parameters__, Alias.__type_params__, Alias[int], *Alias))
show(lambda: (Plain.__module__, Plain.__value__, Plain.__parameters__, Plain.__type_params__), lambda: Plain[int])
show(lambda: Alias[int].__value__, lambda: callable(Plain), lambda: isinstance(1, Plain))


# Where they come from.
def elsewhere():
    return TypeVar('x').__module__, TypeAliasType('x', int).__module__


elsewhere.__module__ = 'other'
show(elsewhere, lambda: eval("TypeVar('x')", {'TypeVar': TypeVar}).__module__)

# As parts of types.
show(lambda: (T | int, int | T, P | None, 3 | T, T | 'x', 'x' | T, Alias | None), lambda: T | (), lambda: () | T,
     lambda: Ts | int, lambda: Plain | 3, lambda: iter(int | str), lambda: list(int | T), lambda: reversed(int | str),
     lambda: iter(P), lambda: list(Ts), lambda: type('A', (T,), {}), lambda: type('A', (P.args,), {}),
     lambda: type('A', (Plain,), {}))
show(lambda: (P.args == P.args, P.args == P.kwargs, P.args != ParamSpec('P').args), lambda: hash(P.args),
     lambda: P.args < P.args, lambda: (P.args, P.kwargs, ParamSpecArgs(3), ParamSpecKwargs(T)))
show(lambda: [copy.copy(o) is o and copy.deepcopy(o) is o for o in (T, P, Ts, Alias, NoDefault)],
     lambda: [pickle.loads(pickle.dumps(NoDefault, p)) for p in range(6)], NoDefault.__reduce__, T.__reduce__,
     lambda: type(NoDefault)(1), lambda: type(NoDefault)() is NoDefault, lambda: NoDefault.foo,
     lambda: setattr(NoDefault, 'foo', 1))


# Values for them.
class A(Generic[T, U, V, D]):
    pass


show(lambda: A[int], lambda: A[int, str, bytes], lambda: A[int, str, bytes, float, int],
     lambda: U.__typing_prepare_subst__(A[T, U, V, D], (1,)), lambda: D.__typing_prepare_subst__(A[T, U, V, D], (1, 2, 3)),
     lambda: D.__typing_prepare_subst__(A[T, U, V, D], [1, 2, 3]), lambda: D.__typing_prepare_subst__(list[int], [1]),
     lambda: T.__typing_prepare_subst__(1), lambda: Ts.__typing_subst__(1), lambda: T.__typing_subst__(()),
     lambda: P.__typing_subst__(1))


class Unpacking:
    __typing_is_unpacked_typevartuple__ = True

    def __init__(self, prepared, value):
        self.prepared, self.value = prepared, value

    def __typing_prepare_subst__(self, *args):
        return self.prepared

    def __typing_subst__(self, arg):
        return self.value


show(lambda: list[Unpacking(None, 42)][0], lambda: list[Unpacking(None, (1, 2)), int][0],
     lambda: list[Unpacking((5,), ())][0])


class Late:
    def __repr__(self):
        return 'Late'


first, late = Late(), Late()
first.__typing_subst__ = lambda value: value
alias = types.GenericAlias(dict, (first, late))
print(alias.__parameters__)
late.__typing_subst__ = first.__typing_subst__
show(lambda: alias[0])
deep = [0]
for i in range(200_000):
    deep = [deep]
try:
    list[deep].__parameters__
except RecursionError as e:
    print(str(e).endswith(' in __parameter__ calculation'))
while deep != 0:
    deep = deep[0]


# New types do not become methods.
class WithNewType:
    number = NewType('N', int)


print(WithNewType().number(5))
