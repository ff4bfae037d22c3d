# memoryview: items, slices, casts, release.

def show(f):
    a = bytearray(b"abcdef")
    try:
        print(ascii(f(a, memoryview(a), memoryview(b"abcdef"))), a)
    except Exception as e:
        print(type(e).__name__, ascii(str(e)), a)


show(lambda a, m, r: memoryview("a"))
show(lambda a, m, r: memoryview(1))
show(lambda a, m, r: memoryview())
show(lambda a, m, r: (m[0], m[-1], m[1:3].tobytes(), m[::2].tolist(), m[::-1].tobytes()))
show(lambda a, m, r: m[10])
show(lambda a, m, r: m["a"])
show(lambda a, m, r: m[1.5])
show(lambda a, m, r: m[0,0])
def step34(a, m, r):
    m[0]=120
show(step34)
def step35(a, m, r):
    m[0]=256
show(step35)
def step36(a, m, r):
    m[0]=-1
show(step36)
def step37(a, m, r):
    m[0]="a"
show(step37)
def step38(a, m, r):
    m[0]=b"a"
show(step38)
def step39(a, m, r):
    m[10]=1
show(step39)
def step40(a, m, r):
    m[1:3]=b"XY"
show(step40)
def step41(a, m, r):
    m[1:3]=b"XYZ"
show(step41)
def step42(a, m, r):
    m[1:3]="XY"
show(step42)
def step43(a, m, r):
    m[1:3]=1
show(step43)
def step44(a, m, r):
    m[::2]=b"XYZ"
show(step44)
def step45(a, m, r):
    m["a"]=1
show(step45)
def step46(a, m, r):
    del m[0]
show(step46)
def step47(a, m, r):
    del m[1:2]
show(step47)
def step48(a, m, r):
    r[0]=1
show(step48)
def step49(a, m, r):
    r[0:1]=b"a"
show(step49)
show(lambda a, m, r: (m.readonly, r.readonly, m.toreadonly().readonly))
show(lambda a, m, r: (m.format,m.itemsize,m.nbytes,m.ndim,m.shape,m.strides,m.suboffsets,m.c_contiguous,m.f_contiguous,m.contiguous))
show(lambda a, m, r: (m[::2].c_contiguous, m[::2].strides, m[::2].shape, m[::2].nbytes, len(m[::2])))
show(lambda a, m, r: m.obj is a)
show(lambda a, m, r: (m.tolist(), m.tobytes(), m.hex(), m.hex(":",2), m[::2].hex()))
show(lambda a, m, r: (m.tobytes("F"), m.tobytes(order=None)))
show(lambda a, m, r: m.tobytes("X"))
show(lambda a, m, r: (m==b"abcdef", m==a, m=="x", m==m, m!=r, m==r))
show(lambda a, m, r: m<r)
show(lambda a, m, r: hash(r)==hash(b"abcdef"))
show(lambda a, m, r: hash(m))
show(lambda a, m, r: m.release())
def step50(a, m, r):
    m.release()
    m[0]
show(step50)
def step51(a, m, r):
    m.release()
    len(m)
show(step51)
def step52(a, m, r):
    m.release()
    m.release()
show(step52)
def step53(a, m, r):
    m.release()
    m==m
show(step53)
def step54(a, m, r):
    m2=memoryview(m)
    m.release()
show(step54)
def step55(a, m, r):
    m2=m[1:]
    m.release()
    print(m2[0])
show(step55)
show(lambda a, m, r: (m.cast("H").tolist(), m.cast("H").shape, m.cast("H").format))
show(lambda a, m, r: m.cast("I"))
show(lambda a, m, r: m.cast("x"))
show(lambda a, m, r: m.cast("HH"))
show(lambda a, m, r: m.cast(1))
show(lambda a, m, r: (m.cast("B",(2,3)).tolist(), m.cast("B",[2,3]).shape, m.cast("B",(2,3)).strides, m.cast("B",(2,3)).ndim))
show(lambda a, m, r: m.cast("B",(2,4)))
show(lambda a, m, r: m.cast("B",(2,"a")))
show(lambda a, m, r: m.cast("B",1))
show(lambda a, m, r: m.cast("B",(2,3))[1,2])
show(lambda a, m, r: m.cast("B",(2,3))[1])
show(lambda a, m, r: m.cast("B",(2,3))[1,5])
show(lambda a, m, r: m.cast("H").cast("I"))
show(lambda a, m, r: m.cast("H").cast("B").tolist())
show(lambda a, m, r: m[::2].cast("B"))
show(lambda a, m, r: m.cast("c").tolist())
show(lambda a, m, r: m.cast("c")[0])
show(lambda a, m, r: (m.cast("b").tolist(), m.cast("?").tolist()))
show(lambda a, m, r: m.cast("e").tolist())
show(lambda a, m, r: m.cast("@B").format)
def step56(a, m, r):
    m.cast("c")[0]=b"z"
show(step56)
def step57(a, m, r):
    m.cast("c")[0]=1
show(step57)
def step58(a, m, r):
    m.cast("?")[0]=5
show(step58)
def step59(a, m, r):
    m.cast("b")[0]=-1
show(step59)
def step60(a, m, r):
    m.cast("b")[0]=200
show(step60)
def step61(a, m, r):
    m.cast("H")[0]=70000
show(step61)
show(lambda a, m, r: (m.count(97), m.index(98)))
show(lambda a, m, r: m.index(200))
show(lambda a, m, r: m.index(98,3))
show(lambda a, m, r: m.count("a"))
show(lambda a, m, r: (list(m), 97 in m, 200 in m, "a" in m))
show(lambda a, m, r: list(reversed(m)))
show(lambda a, m, r: m.__exit__(1,2,3))
show(lambda a, m, r: memoryview[int])
show(lambda a, m, r: (bytes(m[::2]), bytes(m), bytearray(m[::-1])))
show(lambda a, m, r: b"x".join([m[::2]]))
show(lambda a, m, r: memoryview(m[::2]).tolist())
show(lambda a, m, r: m[::2].toreadonly().tolist())
show(lambda a, m, r: (len(memoryview(b"")), memoryview(b"").tolist()))
show(lambda a, m, r: int.from_bytes(m[:2],"big"))
show(lambda a, m, r: m.__class__.__hash__)
show(lambda a, m, r: (bool(m), bool(memoryview(b""))))
show(lambda a, m, r: isinstance(m, memoryview))
show(lambda a, m, r: type("X",(memoryview,),{}))
show(lambda a, m, r: m[...])
show(lambda a, m, r: m[()])
def step62(a, m, r):
    m[...]=b"a"
show(step62)
