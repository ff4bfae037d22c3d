import base64
import binascii


def attempt(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


for text in [b"", b"YQ==", b"YWI=", b"YWJj", b"YW Jj\n", b"Y", b"YW", b"=YQ=", b"YQ=a", b"YQ==a", b"YQ===", b"Y=Q=", "YWJj", "é", 5]:
    print(text, attempt(binascii.a2b_base64, text), attempt(binascii.a2b_base64, text, strict_mode=True))
data = bytes(range(0, 250, 7))
print(binascii.b2a_base64(data), binascii.b2a_base64(data, newline=False))
for line in [b"", b" ", b"#86)C", b"#86)C  \n", b"#86)Cx", b"#\x80", b"!"]:
    print(line, attempt(binascii.a2b_uu, line))
print(binascii.b2a_uu(data), binascii.b2a_uu(b"\0\0a", backtick=True), attempt(binascii.b2a_uu, bytes(46)))
print(binascii.hexlify(data[:6]), binascii.hexlify(data[:6], ":"), binascii.hexlify(data[:7], b"-", -3), binascii.hexlify(data[:7], "é", 2))
for text in ["00fF", b"0", "0g", memoryview(b"61")]:
    print(attempt(binascii.unhexlify, text))
print(binascii.crc32(b"abc"), binascii.crc32(b"c", binascii.crc32(b"ab")), binascii.crc32(b"abc", -(2**70) + 3))
print(binascii.crc_hqx(b"123456789", 0), binascii.crc_hqx(b"", 2**20 + 7))
message = b"caf\xe9 = \tau lait \n.\r\n" + b"x" * 100
for quotetabs in (False, True):
    for istext in (False, True):
        for header in (False, True):
            quoted = binascii.b2a_qp(message, quotetabs, istext, header)
            print(quoted, binascii.a2b_qp(quoted, header))
print(issubclass(binascii.Error, ValueError), binascii.Incomplete.__mro__)
print(base64.b32encode(data), base64.b85decode(base64.b85encode(data)) == data, base64.urlsafe_b64decode("-_-_"))
