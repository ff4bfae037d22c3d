# The function that makes a named tuple has the code that the compiler makes of its text.
from collections import namedtuple

PARTS = (
    'co_code co_consts co_names co_varnames co_argcount co_posonlyargcount co_kwonlyargcount co_nlocals co_stacksize '
    'co_flags co_linetable co_exceptiontable co_name co_qualname co_filename co_firstlineno co_freevars co_cellvars'
).split()


def compiled(fields):
    names = ', '.join(fields) + (',' if len(fields) == 1 else '')
    return eval(f'lambda _cls, {names}: _tuple_new(_cls, ({names}))').__code__


counts = [*range(40), 63, 64, 65, 255, 256, 300]
lists = [[f'field{n}' for n in range(count)] for count in counts]
lists += [['größe', 'имя', '名前'], ['ﬁeld', 'b'], ['a_name_that_is_longer_than_sixteen', 'x']]
for fields in lists:
    code = namedtuple('Row', fields).__new__.__code__
    expected = compiled(fields)
    differ = [part for part in PARTS if getattr(code, part) != getattr(expected, part)]
    assert not differ and code == expected, (len(fields), differ)

Row = namedtuple('Row', 'a def b a', rename=True, defaults=[7])
print(Row(1, 2, 3), Row.__new__.__defaults__, Row.__new__.__doc__)
print(Row.__new__.__module__, Row.__new__.__qualname__, Row.__new__.__builtins__)
try:
    Row(1)
except TypeError as error:
    print(error)
try:
    namedtuple('Row', ['a', 1])
except ValueError as error:
    print(error)
