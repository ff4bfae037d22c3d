# Cycles through every kind of container that can hold a reference; what a collection finds, and that it frees.
import gc
import sys

gc.disable()


class Node:
    alive = 0

    def __init__(self, name):
        self.name = name
        Node.alive += 1

    def __del__(self):
        Node.alive -= 1


class Slotted:
    __slots__ = ("a", "b")


class Dict(dict):
    pass


class List(list):
    pass


class Tuple(tuple):
    pass


class Set(set):
    pass


class Str(str):
    pass


class Error(Exception):
    pass


def instance(n):
    n.me = n


def through_list(n):
    n.l = [1, [n]]


def through_tuple(n):
    n.t = (1, (n, 2))


def through_dict_value(n):
    n.d = {"key": {1: n}}


def through_dict_key(n):
    n.d = {n: 1}


def through_set(n):
    n.s = {n}


def through_frozenset(n):
    n.s = frozenset([n])


def through_dict_attribute(n):
    n.__dict__["d"] = n.__dict__
    n.me = n


def through_slots(n):
    s = Slotted()
    s.a, s.b = s, n
    n.s = s


def through_cell(n):
    def f():
        return n, f
    n.f = f


def through_defaults(n):
    def f(a=n, *, b=n):
        return a
    n.f = f


def through_function_dict(n):
    def f():
        pass
    f.n = n
    f.f = f


def through_method(n):
    n.m = n.__init__


def through_builtin_method(n):
    n.l = [n]
    n.m = n.l.append


def through_generator(n):
    def g():
        me = it
        yield n
        yield me
    it = g()
    next(it)
    next(it)
    n.it = it


def through_coroutine(n):
    class Wait:
        def __await__(self):
            yield 1

    async def c():
        await Wait()
        return n, me
    me = c()
    me.send(None)
    n.c = me


def through_iterators(n):
    for i, it in enumerate((iter([n]), iter((n,)), iter({1: n}.items()), iter({n}), reversed([n]), enumerate([n]),
                            zip([n], [n]), map(id, [n]), filter(None, [n]), iter(lambda: n, 0))):
        setattr(n, f"it{i}", it)


def through_views(n):
    d = {n: n}
    n.views = d.keys(), d.values(), d.items()


def through_exception(n):
    try:
        raise Error(n)
    except Error as e:
        n.e = e


def through_traceback(n):
    def f():
        local = n
        1 / 0
    try:
        f()
    except ZeroDivisionError as e:
        n.tb = e.__traceback__


def through_context(n):
    a, b = Error(1), Error(n)
    a.__context__, b.__cause__ = b, a
    n.a = a


def through_frame(n):
    n.f = sys._getframe()


def through_property(n):
    n.p = property(lambda self: n)


def through_wrappers(n):
    n.s, n.c = staticmethod(lambda: n), classmethod(lambda c: n)


def through_super(n):
    n.s = super(Node, n)


def through_slice(n):
    n.s = slice(n, n, n)


def through_alias(n):
    n.a = list[n]


def through_subclasses(n):
    d, l, s, t = Dict(), List(), Set(), Tuple([n])
    d["n"], d.d = n, d
    l.append(l)
    l.n = n
    s.n = s
    t.n = n
    text = Str("x")
    text.n = text
    text.m = n
    n.all = d, l, s, t, text


def through_class(n):
    class Local:
        attribute = n

        def method(self):
            return __class__
    n.c = Local


def through_class_instance(n):
    class Local:
        pass
    Local.instance = Local()
    Local.n = n


def through_metaclass(n):
    class Meta(type):
        pass

    class Local(metaclass=Meta):
        pass
    Meta.n = n
    Meta.local = Local


def through_module(n):
    m = type(sys)("m")
    m.n, m.m = n, m


def through_memoryview(n):
    class B(bytearray):
        pass
    b = B(b"abc")
    b.view = memoryview(b)
    b.n = n


cases = [f for name, f in list(globals().items()) if name == "instance" or name.startswith("through_")]
gc.collect()
for f in cases:
    n = Node(f.__name__)
    f(n)
    del n
    before = Node.alive
    gc.collect()
    print(f.__name__, before, "->", Node.alive)
print(gc.garbage)
