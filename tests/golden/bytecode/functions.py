def f(a, b=1, *args, c, **kwargs):
    """Doc."""
    def g():
        return a + b
    return [g() for x in args if x in {1, 2, 3}]


class C:
    x: int = 1

    async def method(self):
        async with self as value:
            await value
        print(f"{value!r:>10}", "%s" % (self,))


match C():
    case C(x=1):
        f(1, c=2)
