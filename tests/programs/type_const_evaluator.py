"""The evaluators of bounds, constraints and defaults that are given as values; names of `_types`."""
import types
import _types
from typing import ParamSpec, TypeAliasType, TypeVar, TypeVarTuple

bound = TypeVar("T", bound=int).evaluate_bound
Evaluator = type(bound)
print(Evaluator, Evaluator.__mro__, Evaluator.__module__, repr(bound))


def attempt(call):
    try:
        print(repr(call()))
    except BaseException as problem:
        print(type(problem).__name__, problem)


attempt(lambda: Evaluator())
attempt(lambda: object.__new__(Evaluator))
attempt(lambda: setattr(Evaluator, "attribute", 1))
attempt(lambda: setattr(bound, "attribute", 1))
attempt(lambda: type("Sub", (Evaluator,), {}))
attempt(lambda: bound())
attempt(lambda: bound(1, 2))
attempt(lambda: bound(format=1))
attempt(lambda: bound("x"))
attempt(lambda: bound(1))
attempt(lambda: bound(3))
attempt(lambda: bound(4))
for evaluate in (
    TypeVar("T", int, str).evaluate_constraints,
    TypeVar("T", default=[int]).evaluate_default,
    TypeVar("T", default=None).evaluate_default,
    TypeVar("T", bound=list[int]).evaluate_bound,
    TypeVar("T", bound="Later").evaluate_bound,
    ParamSpec("P", default=[int, str]).evaluate_default,
    TypeVarTuple("Ts", default=(int, ...)).evaluate_default,
    TypeAliasType("A", dict[str, int]).evaluate_value,
):
    print(repr(evaluate), evaluate(1), evaluate(4))

for name in sorted(dir(_types)):
    if not name.startswith("_"):
        print(name, getattr(_types, name), getattr(types, name) is getattr(_types, name))
attempt(lambda: types.CapsuleType())
