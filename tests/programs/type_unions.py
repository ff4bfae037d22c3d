# Unions: text in them, members that cannot be hashed, substitution.
import types
import typing

T=typing.TypeVar('T')
for e in ("(T|'F')[int]", "('F'|T)[int]", "int|'F'", "types.UnionType.__new__(types.UnionType)", "types.UnionType()", "(int|str)[int]", "(list[T]|int)[str]", "typing.Optional[T][str]"):
    try: print(e, eval(e))
    except Exception as x: print(e, type(x).__name__, x)
class UM(type):
    def __hash__(self):
        if h: return 1
        raise TypeError("not hashable")
class A(metaclass=UM): ...
class B(metaclass=UM): ...
h=False
u=A|B
try: hash(u)
except TypeError as e: print(e)
try: hash(A|int)
except TypeError as e: print(e)
h=True
try: hash(u)
except TypeError as e: print(e)
print(hash(A|B) == hash(B|A))
class BadType(type):
    def __eq__(self, other):
        return 1 / 0
bt = BadType('bt', (), {})
bt2 = BadType('bt2', (), {})
union1 = int | bt
union2 = int | bt2
try: print(union1 == union2)
except Exception as e: print(repr(e))
try: print(bt|bt2)
except Exception as e: print(repr(e))
try: print(union1 == (int|str))
except Exception as e: print(repr(e))
for e in ("T|'F'", "'F'|T", "(int|str)|'F'", "'F'|(int|str)", "typing.Union['F',int]", "(int|str)|3", "T|3",
          "(T|'F')['G']", "(int|T)[3]", "typing.Union['F']", "typing.Any|'F'", "typing.List[int]|'F'"):
    try:
        print(e, eval(e))
    except Exception as x:
        print(e, type(x).__name__, x)
