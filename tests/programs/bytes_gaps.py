# Views with a step: who takes them and who wants bytes side by side.
import array
import binascii
import io
import struct
import zlib

m = memoryview(b"abcdef")[::2]
square = memoryview(b"abcd").cast("B", (2, 2))
USES = """bytes(m)
bytearray(m)
b"".join([m])
b"x" + m
bytearray(b"x") + m
b"abc".find(m)
b"abc".replace(m, b"")
b"abc".split(m)
b"abc".strip(m)
b"abc".startswith(m)
b"abc".endswith((m,))
b"abc".count(m)
b"abc".translate(m)
bytes.maketrans(m, b"xyz")
bytes.fromhex(m)
m in b"abc"
int(m)
float(m)
compile(m, "", "exec")
eval(m)
str(m, "ascii")
b"%s %b" % (m, m)
int.from_bytes(m, "big")
hash(m) == hash(b"ace")
m == b"ace", b"ace" == m, bytearray(b"ace") == m
bytearray(b"a").extend(m)
bytearray(b"a").__iadd__(m)
bytearray(b"abc").__setitem__(slice(0, 1), m)
memoryview(bytearray(3)).__setitem__(slice(None), m)
m.cast("c")
m.tobytes(), m.hex(), m.tolist()
struct.unpack("3s", m)
struct.unpack_from("b", m)
list(struct.iter_unpack("b", m))
struct.pack_into("b", m, 0, 1)
struct.pack_into("b", b"x", 0, 1)
io.BytesIO(m)
io.BytesIO().write(m)
io.BytesIO(b"abc").readinto(m)
zlib.crc32(m)
zlib.compress(m)
binascii.hexlify(m)
binascii.a2b_hex(m)
array.array("b", m)
array.array("b").frombytes(m)
bytes(square), zlib.crc32(square), b"abcd".find(square)"""
for use in USES.splitlines():
    try:
        print(use, "->", eval(use))
    except Exception as e:
        print(use, "->", type(e).__name__, e)
