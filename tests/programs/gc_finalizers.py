# Finalisers of unreachable objects: their order, that each runs once, resurrection, what they may do.
import gc

gc.disable()
log = []


class F:
    def __init__(self, name):
        self.name = name
        self.me = self

    def __repr__(self):
        return self.name

    def __del__(self):
        log.append(f"del {self.name}")


def show(what):
    n = gc.collect()
    print(f"{what}: {n}", *log, sep=", ")
    log.clear()


def ring(*names):
    nodes = [F(n) for n in names]
    for a, b in zip(nodes, nodes[1:] + nodes[:1]):
        a.next = b
    for n in nodes:
        del n.me


ring("a", "b", "c")
show("creation order")


def crossed():
    a, b, c, d = F("a"), F("b"), F("c"), F("d")
    a.x, b.x, c.x, d.x = c, d, b, a


crossed()
show("whatever refers to what")


def nested():
    outer = F("outer")
    outer.list = [F("in a list"), (F("in a tuple"), {"k": F("in a dict")})]


nested()
show("what garbage leads to")

# An object that a finaliser makes reachable again keeps all that it refers to.
kept = []


class Phoenix(F):
    def __del__(self):
        log.append(f"phoenix {self.name}")
        kept.append(self)


def phoenix():
    p = Phoenix("p")
    p.child = F("child")
    p.other = F("other")
    p.other.back = p.child


phoenix()
show("resurrection")
print(kept, kept[0].child, kept[0].other.back, gc.is_finalized(kept[0]), gc.is_finalized(kept[0].child))
kept.clear()
show("the second death")


# A finaliser that breaks the cycle itself.
class Breaker(F):
    def __del__(self):
        log.append(f"break {self.name}")
        self.__dict__.clear()


def breaker():
    b = Breaker("b")
    b.f = F("f")
    b.f.b = b


breaker()
show("cycle broken by hand")


# Errors in finalisers do not stop the others.
class Unhappy(F):
    def __del__(self):
        log.append(f"unhappy {self.name}")
        raise ValueError(self.name)


import sys
sys.unraisablehook = lambda u: log.append(f"{type(u.exc_value).__name__} ignored")


def unhappy():
    a, b = Unhappy("a"), F("b")
    a.b, b.a = b, a


unhappy()
show("errors")


# Finalisers may allocate, collect and make new garbage.
class Busy(F):
    def __del__(self):
        log.append(f"nested collect {gc.collect()}")
        ring("new")
        self.junk = [[i] for i in range(5000)]


def busy():
    Busy("busy")


busy()
show("busy")
show("its garbage")


# Generators in cycles run their finally blocks.
def generator(name):
    me = yield
    try:
        yield me
    finally:
        log.append(f"finally {name}")


def generators():
    for name in "gh":
        g = generator(name)
        next(g)
        g.send(g)


generators()
show("generators")


# Acyclic objects that hang on a cycle die by their counts.
class Plain:
    def __del__(self):
        log.append("plain")


def plain():
    f = F("cycle")
    f.plain = Plain()


plain()
show("hanging on")


# A class and its instances.
def classes():
    class C:
        def __del__(self):
            log.append(type(self).__name__)

        def method(self):
            return C

    class D(C):
        pass
    C.c, D.d = C(), D()


classes()
gc.collect()
print(*log)
print(gc.garbage)
