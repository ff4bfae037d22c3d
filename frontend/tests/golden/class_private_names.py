class __Spam:
    __eggs = 1
    def __f(self, __a, *, __k=1):
        self.__eggs = __a.__b
        import __mod
        from __pkg import __name
        global __g
        __g = lambda __x: __x
        return __dunder__
