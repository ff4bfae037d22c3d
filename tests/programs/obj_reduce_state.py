# What object.__reduce_ex__ makes of __getnewargs_ex__, __getnewargs__, __slotnames__ and slots.


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


def arguments(name, value):
    return type('C', (), {name: lambda self: value})()


for value in ((1, 2, 3), ('a', {}), ((), 'x'), 5, ((1,), {}), ((1,), {'k': 2})):
    attempt(lambda: arguments('__getnewargs_ex__', value).__reduce_ex__(2)[1][1:])
for value in (1, (1, 2)):
    attempt(lambda: arguments('__getnewargs__', value).__reduce_ex__(2)[1][1:])


class Slots:
    __slots__ = ('a', 'b', '__c')


s = Slots()
s.a = 1
attempt(lambda: s.__reduce_ex__(2)[2])
print(Slots.__slotnames__)


class Both(Slots):
    pass


b = Both()
b.b, b.x = 2, 3
attempt(lambda: b.__reduce_ex__(2)[2])


class Named:
    __slotnames__ = ['spam', 'none']

    def __getattr__(self, name):
        if name == 'spam':
            return 42
        raise AttributeError(name)


attempt(lambda: Named().__reduce_ex__(2)[2])
Named.__slotnames__ = ('spam',)
attempt(lambda: Named().__reduce_ex__(2)[2])
Named.__slotnames__ = None
attempt(lambda: Named().__reduce_ex__(2)[2])


class Growing:
    __slotnames__ = ['spam']

    def __getattr__(self, name):
        if name != 'spam':
            raise AttributeError(name)
        Growing.__slotnames__.append('egg')


attempt(lambda: Growing().__reduce_ex__(2)[2])
for iterator in (iter([1]), reversed([1]), iter((1,)), iter('a')):
    list(iterator)
    print(iterator.__reduce__())
