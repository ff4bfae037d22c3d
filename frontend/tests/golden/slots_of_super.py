class A(B):
    def f(self): return super().f(1), super().x, super().g(*a)
    def g(): return super().g()
    def h(self, super): return super().h()
    @staticmethod
    def i(*args): return super().i()
    async def j(self): return await super().j()
