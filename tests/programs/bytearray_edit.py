# Changing a bytearray: results, complaints, and the freeze while a view exists.

def show(f):
    a = bytearray(b"abcde")
    try:
        print(ascii(f(a)), a)
    except Exception as e:
        print(type(e).__name__, ascii(str(e)), a)


show(lambda a: a.append(1))
show(lambda a: a.append(256))
show(lambda a: a.append("a"))
show(lambda a: a.append(b"a"))
show(lambda a: a.append(10**30))
show(lambda a: a.extend(b"xy"))
show(lambda a: a.extend([1,2]))
show(lambda a: a.extend([256]))
show(lambda a: a.extend(["a"]))
show(lambda a: a.extend("abc"))
show(lambda a: a.extend(1))
show(lambda a: a.extend(a))
show(lambda a: a.insert(0,120))
show(lambda a: a.insert(100,120))
show(lambda a: a.insert(-1,120))
show(lambda a: a.insert("a",120))
show(lambda a: a.pop())
show(lambda a: a.pop(0))
show(lambda a: a.pop(10))
show(lambda a: a.pop("a"))
show(lambda a: bytearray().pop())
show(lambda a: a.remove(97))
show(lambda a: a.remove(120))
show(lambda a: a.remove("a"))
show(lambda a: a.remove(256))
show(lambda a: a.reverse())
show(lambda a: a.clear())
show(lambda a: a.copy())
show(lambda a: a.resize(3))
show(lambda a: a.resize(7))
show(lambda a: a.resize(-1))
show(lambda a: a.resize("a"))
show(lambda a: a.__reduce__())
show(lambda a: a.__reduce_ex__(2))
def step1(a):
    a[0]=120
show(step1)
def step2(a):
    a[0]=256
show(step2)
def step3(a):
    a[0]="a"
show(step3)
def step4(a):
    a[10]=1
show(step4)
def step5(a):
    a["a"]=1
show(step5)
def step6(a):
    a[1:3]=b"XYZ"
show(step6)
def step7(a):
    a[1:3]=[1,2]
show(step7)
def step8(a):
    a[1:3]="xy"
show(step8)
def step9(a):
    a[1:3]=1
show(step9)
def step10(a):
    a[1:3]=[]
show(step10)
def step11(a):
    a[::2]=b"XYZ"
show(step11)
def step12(a):
    a[::2]=b"XY"
show(step12)
def step13(a):
    a[::2]=[]
show(step13)
def step14(a):
    a[1:3]=a
show(step14)
def step15(a):
    del a[0]
show(step15)
def step16(a):
    del a[10]
show(step16)
def step17(a):
    del a[1:3]
show(step17)
def step18(a):
    del a[::2]
show(step18)
def step19(a):
    del a["a"]
show(step19)
show(lambda a: a["a"])
show(lambda a: a[10])
show(lambda a: a[1:3])
show(lambda a: a[::-1])
show(lambda a: a+b"x")
show(lambda a: b"x"+a)
show(lambda a: a+"x")
show(lambda a: a+1)
def step20(a):
    a+=b"x"
show(step20)
def step21(a):
    a+="x"
show(step21)
def step22(a):
    a+=1
show(step22)
def step23(a):
    a+=[1]
show(step23)
def step24(a):
    a*=2
show(step24)
def step25(a):
    a*="a"
show(step25)
def step26(a):
    a*=0
show(step26)
show(lambda a: a*2)
show(lambda a: 2*a)
show(lambda a: a<b"x")
show(lambda a: a=="x")
show(lambda a: hash(a))
show(lambda a: repr(a))
show(lambda a: bytearray(b"'"))
show(lambda a: str(a))
show(lambda a: bytearray("a"))
show(lambda a: bytearray("a","ascii"))
show(lambda a: bytearray(3))
show(lambda a: bytearray(-1))
show(lambda a: bytearray([1,256]))
show(lambda a: bytearray(1.5))
show(lambda a: bytearray(None))
show(lambda a: bytearray(["a"]))
show(lambda a: bytearray(1,2,3,4))
show(lambda a: a.find(b"c"))
show(lambda a: a.split(b"c"))
show(lambda a: a.replace(b"a",b"xx"))
show(lambda a: a.join([b"x",b"y"]))
show(lambda a: a.partition(b"c"))
show(lambda a: a.strip(b"ae"))
show(lambda a: a.upper())
show(lambda a: a.hex())
show(lambda a: bytearray.fromhex("6162"))
show(lambda a: a.translate(None,b"a"))
show(lambda a: a.center(9,b"*"))
show(lambda a: a.decode())
show(lambda a: a.splitlines())
show(lambda a: a.startswith(b"a"))
show(lambda a: list(a))
def step27(a):
    m=memoryview(a)
    a.append(1)
show(step27)
def step28(a):
    m=memoryview(a)
    a[0]=1
show(step28)
def step29(a):
    m=memoryview(a)
    a[0:2]=b"zz"
show(step29)
def step30(a):
    m=memoryview(a)
    a[0:2]=b"zzz"
show(step30)
def step31(a):
    m=memoryview(a)
    del a[0]
show(step31)
def step32(a):
    m=memoryview(a)
    a.clear()
show(step32)
def step33(a):
    m=memoryview(a)
    m[0]=88
    m.release()
    a.append(1)
show(step33)
show(lambda a: a%())
show(lambda a: a.__init__(b"x"))
show(lambda a: a.__init__(5))
