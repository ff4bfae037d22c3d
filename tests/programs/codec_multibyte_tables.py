# Every code of the encodings with tables, both ways: what CPython makes of them, as digests.
import codecs
import random
import zlib

NAMES = '''gb2312 gbk gb18030 big5hkscs shift_jis cp932 euc_jp shift_jis_2004 euc_jis_2004 euc_kr cp949 johab big5
cp950'''.split()


def digest(data):
    return '%08x%08x' % (zlib.crc32(data), zlib.adler32(data))


log = []


def logged(error):
    log.append((error.encoding, error.start, error.end, error.reason))
    return ('', error.end) if isinstance(error, UnicodeEncodeError) else ('?', error.start + 1)


codecs.register_error('logged', logged)

# All of the first planes, and what else there is in samples.
points = [*range(0xD800), *range(0xE000, 0x30000), *range(0x30000, 0x110000, 0x101)]
text = ''.join(map(chr, points))
singles = [bytes([a]) for a in range(256)]
pairs = b''.join(bytes([a, b, 0x0A, 0x0A, 0x0A]) for a in range(0x80, 256) for b in range(256))
behind = b''.join(bytes([0x8F, a, b, 0x0A, 0x0A]) for a in range(0xA1, 0xFF) for b in range(0xA1, 0xFF))
four = b''.join(
    bytes([a, b, c, d])
    for a in (0x81, 0x82, 0x83, 0x84, 0x8F, 0x90, 0xE3, 0xE4, 0xFE)
    for b in range(0x30, 0x3A)
    for c in range(0x81, 0xFF, 1 if a < 0x85 else 25)
    for d in range(0x30, 0x3A)
)
random.seed(3)
noise = bytes(random.choice((0x20, 0x30, 0x41, 0x8F, 0x8E, 0xA4, 0xD4, 0xA1, 0xC4, random.randrange(256))) for _ in range(6000))
syllables = ''.join(map(chr, range(0xAC00, 0xD7A4))).encode('euc_kr')

for name in NAMES:
    encoded = text.encode(name, 'ignore')
    decoded = encoded.decode(name, 'replace')
    print(name, len(encoded), digest(encoded), digest(decoded.encode('utf-8')))
    print('   ', digest(pairs.decode(name, 'replace').encode()), digest(behind.decode(name, 'replace').encode()))
    print('   ', digest(four.decode(name, 'replace').encode()), digest(syllables.decode(name, 'replace').encode()))
    log.clear()
    heads = [one.decode(name, 'logged') for one in singles]
    result = noise.decode(name, 'logged')
    combined = [(c + mark).encode(name, 'logged') for c in 'æɔʌəɚàÊêかカセツトㇷ˥˩' for mark in ('\u0300', '\u0301', '\u0304', '\u030c', '\u309a', '\u02e5', '\u02e9', 'a')]
    print('   ', digest(repr((heads, result, combined)).encode()), len(log), digest(repr(log).encode()))
