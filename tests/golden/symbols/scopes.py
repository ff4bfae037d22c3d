import os
shared: int = 1

def outer[T: int](a: T, *args, key=lambda q: q, **kwargs):
    global written
    written = cell = [x for x in args if (y := x)]

    def inner():
        nonlocal cell
        cell = (z for z in os.environ)
        return a, cell, __name__
    return inner

class Class[U](Base):
    attribute: U = shared
    _listed = {name: attribute for name in shared}

    def method(self):
        return super().method(), self.__private

type Alias[V] = dict[V, shared]

async def generator():
    async for x in aiter():
        yield x
