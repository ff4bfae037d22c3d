# Slot wrappers, constructors and __dict__ attributes that do not belong to a class's own bases.
import warnings


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


class Mixed(int):
    __eq__ = str.__eq__
    __add__ = str.__add__
    __len__ = list.__len__
    __hash__ = str.__hash__
    __neg__ = float.__neg__
    __iter__ = list.__iter__
    __getattribute__ = type.__getattribute__
    __repr__ = str.__repr__


m = Mixed()
for f in (lambda: m == m, lambda: m + m, lambda: len(m), lambda: hash(m), lambda: -m,
          lambda: iter(m), lambda: m.x, lambda: repr(m), lambda: m - 1):
    attempt(f)


class Numbers(list):
    __getitem__ = str.__getitem__


attempt(lambda: Numbers([1])[0])
attempt(lambda: [x for x in Numbers([1, 2])])


class Made(int):
    __new__ = str.__new__


class MadeByObject(int):
    __new__ = object.__new__


attempt(lambda: Made())
attempt(lambda: MadeByObject())
Made.__new__ = object.__new__
attempt(lambda: Made(5))


class Base:
    pass


class Meta(type, Base):
    pass


class OfMeta(metaclass=Meta):
    attribute = 1


namespace = Base.__dict__['__dict__']
attempt(lambda: namespace.__set__(OfMeta, {}))
attempt(lambda: namespace.__get__(OfMeta)['attribute'])
attempt(lambda: namespace.__delete__(OfMeta))
attempt(lambda: namespace.__set__(Base(), 1))
attempt(lambda: namespace.__get__(1))


class Module(Base, type(warnings)):
    pass


attempt(lambda: setattr(Module('m'), '__dict__', {}))
attempt(lambda: namespace.__set__(Module('m'), {}))


class Failure(Base, Exception):
    pass


failure = Failure()
failure.__dict__ = {'a': 1}
attempt(lambda: failure.a)
attempt(lambda: delattr(failure, '__dict__'))


def order(result):
    class M(type):
        def mro(cls):
            return result
    return lambda: M('C', (Base,), {})


attempt(order((Base,)))
attempt(order([Base, object]))
attempt(order([]))
attempt(order([1]))

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    type('Odd', (), {1: 2})
print([str(w.message) for w in caught])


class Evil:
    def __hash__(self):
        return hash('attr')

    def __eq__(self, other):
        print('asked')
        return True


class Plain:
    pass


class Text(str):
    pass


p = Plain()
p.__dict__[Evil()] = 'evil'
attempt(lambda: p.attr)
p = Plain()
p.__dict__[Text('attr')] = 'text'
attempt(lambda: p.attr)
for _ in range(50):
    assert p.attr == 'text'


# A class whose order has one that is no base hears of that one's changes all the same.
class Ordered(type):
    def mro(cls):
        return (cls, *extra, object)


class Extra:
    value = 0


extra = (Extra,)
Weird = Ordered('Weird', (), {})
Below = type('Below', (Weird,), {})


def values(n):
    Extra.value = n
    return Weird.value, Weird().value, Below.value, Below().value


print([values(n) for n in range(12)])
