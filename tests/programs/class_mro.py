# Multiple inheritance: linearisation and cooperative super.
class A:
    def go(self):
        return ["A"]


class B(A):
    def go(self):
        return ["B"] + super().go()


class C(A):
    def go(self):
        return ["C"] + super().go()


class D(B, C):
    def go(self):
        return ["D"] + super().go()


class E(C, B):
    pass


print(D().go(), E().go(), [c.__name__ for c in D.__mro__], [c.__name__ for c in E.mro()])


class Mixin:
    def go(self):
        return ["Mixin"] + super().go()

    extra = "from the mixin"


class F(Mixin, D):
    pass


print(F().go(), F.extra, isinstance(F(), A), super(D, F()).go(), super(B, D()).go())
C.go = lambda self: ["new C"]
print(D().go(), F().go())
del B.go
print(D().go())
try:
    class X(A, B):
        pass
except TypeError as error:
    print(error)
try:
    class Y(A, A):
        pass
except TypeError as error:
    print(error)


class P:
    value = "P"


class Q:
    value = "Q"


class R(P):
    pass


r = R()
print(r.value)
R.__bases__ = (Q,)
print(r.value, R.__mro__)
try:
    super().nothing
except RuntimeError as error:
    print(error)
