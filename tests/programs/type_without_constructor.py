# `__new__` of types whose instances only the interpreter makes, and `object.__new__` of types that have their own.
import re
import types


def attempt(f, cls):
    try:
        f(cls)
        print(cls.__name__, 'made')
    except Exception as e:
        print(cls.__name__, type(e).__name__, e)


KINDS = (types.GeneratorType, types.UnionType, type(iter([])), type({}.keys()), types.FrameType,
         types.BuiltinFunctionType, re.Pattern, types.CoroutineType, types.MemberDescriptorType, type(reversed([])),
         type(iter({})), type(iter(range(3))), dict, int, str, type(None), types.CellType, types.ModuleType, range, type)
for kind in KINDS:
    attempt(kind.__new__, kind)
    attempt(object.__new__, kind)
