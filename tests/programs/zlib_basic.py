import gzip
import io
import zipfile
import zlib


def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


data = b"hello hello hello hello " * 50 + bytes(range(256))
packed = zlib.compress(data)
print(zlib.decompress(packed) == data, len(packed) < len(data))
for level in range(-1, 10):
    for wbits in (15, 9, -15, -9, 31, 25):
        assert zlib.decompress(zlib.compress(data, level, wbits=wbits), wbits if wbits < 0 else 47) == data
for bad in (b"", b"abc", packed[:-3], packed[:-1] + b"x"):
    print(attempt(zlib.decompress, bad))
print(attempt(zlib.compress, b"", 99), attempt(zlib.compress, "text"), attempt(zlib.decompress, packed, 99))
print(attempt(zlib.decompress, packed, bufsize=-1))
print(zlib.adler32(data), zlib.adler32(b"c", zlib.adler32(b"ab")) == zlib.adler32(b"abc"), zlib.crc32(data, 2**40 + 1))

c = zlib.compressobj(9, strategy=zlib.Z_FILTERED, memLevel=9)
start = c.compress(data) + c.flush(zlib.Z_SYNC_FLUSH)
twin = c.copy()
whole = start + c.compress(b"one") + c.flush()
other = start + twin.compress(b"two") + twin.flush()
print(zlib.decompress(whole) == data + b"one", zlib.decompress(other) == data + b"two")
print(attempt(c.compress, b"x"), attempt(c.flush), attempt(c.copy))
print(attempt(zlib.compressobj, method=5), attempt(zlib.compressobj, memLevel=0), attempt(zlib.decompressobj, 3))

d = zlib.decompressobj()
first = d.decompress(packed + b"tail", 10)
print(first, d.eof, d.unused_data, len(d.unconsumed_tail) > 0)
print(d.decompress(d.unconsumed_tail) == data[10:], d.eof, d.unused_data, d.unconsumed_tail)
print(d.decompress(b"more"), d.unused_data, d.flush())
d = zlib.decompressobj()
begin = d.decompress(packed[:20])
twin = d.copy()
print(begin + d.decompress(packed[20:]) == data == begin + twin.decompress(packed[20:]))
print(attempt(zlib.decompressobj().decompress, packed, -1), attempt(zlib.decompressobj().flush, 0))

for wbits in (15, -15):
    c = zlib.compressobj(wbits=wbits, zdict=b"hello hello")
    packed = c.compress(data) + c.flush()
    d = zlib.decompressobj(wbits, zdict=b"hello hello")
    print(d.decompress(packed) == data)
c = zlib.compressobj(zdict=b"hello")
packed = c.compress(data) + c.flush()
print(attempt(zlib.decompress, packed), attempt(zlib.decompressobj(zdict=b"other").decompress, packed))

d = zlib._ZlibDecompressor()
print(d.decompress(zlib.compress(data) + b"rest", 5), d.needs_input, d.decompress(b"", 3))
print(d.decompress(b"") == data[8:], d.eof, d.unused_data, attempt(d.decompress, b""))

print(gzip.decompress(gzip.compress(data)) == data)
with gzip.open(io.BytesIO(gzip.compress(b"one\ntwo\n")), "rt") as f:
    print(f.readlines())
memory = io.BytesIO()
with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a/b.txt", data)
with zipfile.ZipFile(memory) as z:
    print(z.namelist(), z.read("a/b.txt") == data, z.testzip())
