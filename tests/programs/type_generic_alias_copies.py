"""Aliases: unpacking, copies, pickles, changes while one is shown."""
import copy
import pickle
import types
import weakref

alias = list[int]
it = iter(alias)
print(type(it).__name__, it.__reduce__())
print([name for name in ("__iter__", "__next__", "__reduce__", "__length_hint__", "__setstate__") if hasattr(it, name)])
starred = next(it)
print(starred, it.__reduce__(), list(it), list(it))
print(iter(it) is it, list(copy.copy(iter(alias))))
try:
    type(it)()
except TypeError as problem:
    print(problem)

for a in alias, starred, *tuple[int, ...], types.GenericAlias(dict, (str, starred)):
    for other in copy.copy(a), copy.deepcopy(a), *(pickle.loads(pickle.dumps(a, p)) for p in range(6)):
        assert other == a and other.__unpacked__ == a.__unpacked__ and other.__args__ == a.__args__, (a, other)
    print(a, "copied")


class Sub(types.GenericAlias):
    pass


s = next(iter(Sub(list, int)))
print(type(s).__name__, s, s == next(iter(list[int])))

for t in staticmethod, classmethod:
    print(t[int], t[int].__origin__ is t, weakref.ref(v := t[str])() is v, t[int](len).__func__ is len)


# A list of arguments that changes while it is shown.
def emptying(values, text):
    class Shown:
        def __repr__(self):
            values.clear()
            return text

    return Shown()


for rest in [], [1]:
    values = []
    values += [emptying(values, "first"), *rest]
    try:
        print(types.GenericAlias(int, (values,)))
    except IndexError as problem:
        print("IndexError:", problem)
