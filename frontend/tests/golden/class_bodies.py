class A:
    """Doc."""
    x = 1
    def method(self):
        self.a = self.b = 1
        (self.c, self.d) = 1, 2
        return __class__
    @property
    def prop(self): return super().prop
    y = [x for x in range(x)]

@deco(1)
@other
class B(A, metaclass=M, **kw):
    def f(self): return super(B, self).f()
    class Nested:
        def g(): return [super().g() for i in x]
