def f[T](x: T) -> T: return x
def g[T: int = bool, *Ts = *tuple[int], **P = [int]](x: T = 1, *, y=2): pass
class C[T: (int, str)](Base, metaclass=M):
    def m[U](self, x: T, y: U): return T
    type Alias = list[T]
type A = int
type B[T] = dict[T, "B"]
async def h[T](): pass
