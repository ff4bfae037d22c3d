# Parsing and printing integers in several bases.
for text in ("0", "42", "-17", "  99  ", "1_000", "+5", "0" * 30 + "7", "123456789012345678901234567890"):
    print(repr(text), int(text))
for text, base in (("ff", 16), ("0xff", 16), ("-0b101", 2), ("0o17", 8), ("zz", 36), ("0x1F", 0), ("777", 8)):
    print(text, base, int(text, base))
for bad in ("", " ", "1__0", "_1", "12a", "0x", "1.5", "- 1"):
    try:
        print(int(bad))
    except ValueError as error:
        print(error)
for n in (0, 1, -1, 255, -255, 2**65):
    print(bin(n), oct(n), hex(n), str(n), repr(n))
print(f"{255:x} {255:X} {255:#x} {255:08b} {255:+d} {-255:,} {10**12:,} {10**12:_} {5:>4}|{5:<4}|{5:^4}|")
print(int(3.99), int(-3.99), int(1e20), int(True), int("٣"))
print(0b1011, 0o17, 0xFF, 1_000_000)
