"""struct: what is refused, and how."""
import struct


def show(f, *args):
    try:
        print(repr(f(*args)))
    except Exception as e:
        print(type(e).__name__, e)


for code in 'bBhHiIlLqQnNP':
    for value in (-1, 2**8, 2**16, 2**32, 2**63, 2**64, -2**63 - 1, 10**30):
        for order in '@<':
            show(struct.pack, order + code, value)
for code in 'bQP?':
    show(struct.pack, code, 'x')
for text in ('\0', 'b\0b', '3\0', b'b\0', '\udc00', 'é', b'$', 'é' * 3):
    show(struct.calcsize, text)
show(struct.calcsize, 1)
show(struct.calcsize, struct.Struct('b'))

buffer = bytearray(10)
for offset in (-2, -4, -11, 9, 10, 11, 2**70, -2**70):
    show(struct.unpack_from, '<i', buffer, offset)
    show(struct.pack_into, '<i', buffer, offset, 1)

s = struct.Struct('>h')
s.__init__('>hh')
for text in ('\udc00', '$'):
    show(s.__init__, text)
    print(s.format, s.size, s.pack(1, 2), s)
new = struct.Struct.__new__(struct.Struct)
for f in (lambda: new.pack(1), lambda: new.pack_into(buffer, 1), lambda: new.unpack(buffer),
          lambda: new.unpack_from(buffer), lambda: new.iter_unpack(buffer), lambda: new.format, lambda: repr(new),
          lambda: new.size):
    show(f)
