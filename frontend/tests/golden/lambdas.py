f = lambda: None
g = lambda x, *y, z=1: lambda: (x, y, z)
class C:
    h = lambda self: __class__
