# bytearray: a mutable sequence of bytes.
a = bytearray(b"hello")
a[0] = 72
a.append(33)
a += b"!!"
a.extend([63, 63])
print(a, len(a), a[0], a[-1], a[1:3], bytes(a))
a[1:4] = b"EL"
print(a)
del a[-2:]
print(a, a.pop(), a.pop(0), a)
a.insert(0, 74)
a.reverse()
print(a, a.find(b"E"), a.upper(), a == b"x", a.copy() == a, 74 in a)
a.remove(74)
print(a, a * 2, bytearray(3), bytearray("é", "utf-8"), bytearray([1, 2]), list(a))
for bad in ("a.__setitem__(0, 256)", "a.__setitem__(99, 1)", "a.append('x')", "a.remove(1)", "hash(a)"):
    try:
        eval(bad)
    except Exception as error:
        print(bad, "->", type(error).__name__ + ":", error)
total = 0
b = bytearray(256)
for i in range(256):
    b[i] = (i * 7) & 0xFF
for value in b:
    total += value
print(total, b[:8].hex(), b.count(7))
a.clear()
print(a, bool(a))
