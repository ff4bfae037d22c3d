"""The Unicode database: properties of characters, names, normal forms, and the old version."""
import unicodedata as u


def t(f):
    try:
        print(ascii(f()))
    except Exception as e:
        print(type(e).__name__, ascii(e.args))


SAMPLE = 'aA1 \x00\xb2\xbd\xe9(\u0301\u01a2\u05d0\u0660\u0958\u1100\u212b\u4e00\uac00\uac01\uff21\ufb01\ud800\U0001d15e\U0001f600\U000e0100\U0010ffff'
for c in SAMPLE:
    print(ascii(c), u.category(c), u.bidirectional(c), u.combining(c), u.mirrored(c), u.east_asian_width(c), u.decimal(c, None),
          u.digit(c, None), u.numeric(c, None), u.name(c, None), u.decomposition(c))
    old = u.ucd_3_2_0
    print(old.category(c), old.bidirectional(c), old.east_asian_width(c), old.name(c, None))
for form in 'NFC', 'NFD', 'NFKC', 'NFKD':
    for text in SAMPLE, 'e\u0301\u0323 \u1100\u1161\u11a8', 'a\u0323\u0301\u0301', '\u0344\u0f73\u0f75', 'plain':
        n = u.normalize(form, text)
        print(form, ascii(n), u.is_normalized(form, text), u.is_normalized(form, n), u.normalize(form, n) == n)
print(u.unidata_version, u.ucd_3_2_0.unidata_version)
t(lambda: u.lookup('LATIN SMALL LETTER A'))
t(lambda: u.lookup('hangul syllable ga'))
t(lambda: u.lookup('CJK UNIFIED IDEOGRAPH-4E00'))
t(lambda: u.lookup('no such'))
t(lambda: u.lookup('x' * 300))
t(lambda: u.name('\x00'))
t(lambda: u.decimal('a'))
t(lambda: u.digit('a'))
t(lambda: u.numeric('a'))
t(lambda: u.category('ab'))
t(lambda: u.category(1))
t(lambda: u.normalize('X', 'a'))
t(lambda: u.normalize('NFC', 1))
