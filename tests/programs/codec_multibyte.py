# The objects of the encodings of several bytes per character: errors, pieces, streams.
import codecs
import io
import _codecs_cn
import _codecs_jp
import _multibytecodec


def show(f, *args, **keywords):
    try:
        print(f(*args, **keywords))
    except Exception as e:
        print(type(e).__name__, e)


gbk = codecs.lookup('gbk')
show(gbk.encode, '你好, world\n')
show(gbk.decode, b'\xc4\xe3\xba\xc3, world\n')
show(gbk.encode, 3)
show(gbk.encode)
show(gbk.encode, input='b', errors='strict')
show(gbk.encode, 'a', 3)
show(gbk.encode, 'a', 'x\0y')
show(gbk.encode, 'a', 'nosuch')
show(gbk.encode, '\ud800', 'nosuch')
show(gbk.decode, 'a')
show(gbk.decode, bytearray(b'ab'))
show(gbk.decode, memoryview(b'ab'))

# Errors: what is illegal, what is incomplete.
for name in ('gbk', 'gb18030', 'shift_jis', 'cp932', 'euc_jp', 'euc_kr', 'big5', 'big5hkscs', 'johab'):
    print(name)
    for data in (b'a\x80', b'a\xff', b'a\xc4', b'a\xc4a', b'\x8f', b'\x8f\xa1', b'\x8f\x20', b'\x8f\xa1\x20', b'\xa4\xd4',
                 b'\xa4\xd4\xa4\xa1\xa4\xbf\xa4', b'\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xd4', b'\xa4\xd4\xa4\xa1\xa4\xbe\xa4\xd4',
                 b'\x81\x30', b'\x81\x30\x81', b'\x81\x30\x20\x30', b'\x81\x30\x81\x30', b'\xfe\x39\xfe\x39',
                 b'\xe3\x32\x9a\x35', b'\xe3\x32\x9a\x36'):
        try:
            print(' ', data, ascii(data.decode(name)))
        except UnicodeDecodeError as e:
            print(' ', data, e.encoding, e.start, e.end, e.reason)
    for text in ('a\u20ac', '\xe9', '\ud800', '\U0001f600', '갂', 'Ê\u0304', 'か\u309a'):
        try:
            print(' ', ascii(text), text.encode(name))
        except UnicodeEncodeError as e:
            print(' ', ascii(text), e.encoding, e.start, e.end, e.reason)

for errors in ('ignore', 'replace', 'backslashreplace', 'xmlcharrefreplace', 'namereplace', 'surrogateescape',
               'surrogatepass'):
    print(errors)
    show(gbk.encode, 'a\ud800b\udc80', errors)
    show(gbk.encode, 'a\xe4b', errors)
    show(gbk.decode, b'a\xffb\x80\xff', errors)
for i, answer in enumerate(
    [('', 2**70), (1, 2), 3, ('\ud800', 2), ('x', -100), (b'\xff', 2), ('x', 'y'), ('x', 100), ('x', -1), ('', -(2**70)),
     ('你', 2), ['x', 2], ('x', 2, 3)]
):
    codecs.register_error(f'multibyte{i}', lambda e: answer)
    print(ascii(answer))
    show(gbk.encode, 'a\ud800b', f'multibyte{i}')
    show(gbk.decode, b'a\xffb', f'multibyte{i}')

# Pieces.
Encoder, Decoder = gbk.incrementalencoder, gbk.incrementaldecoder
show(lambda: (Encoder.__mro__[1], Decoder.__mro__[1]))
encoder = Encoder()
print(encoder.errors)
encoder.errors = 'ignore'
print(encoder.errors)
show(setattr, encoder, 'errors', 3)
show(delattr, encoder, 'errors')
show(Encoder, errors=3)
show(Encoder, 1, 2)
show(encoder.encode, 3)
show(encoder.encode, '你\ud800')
show(encoder.getstate)
for state in ('x', 0, 2**200, -1, 5, 300 << 8, 9, 255, 1 | 0x61 << 8, 1 | 0x80 << 8):
    show(encoder.setstate, state)
    show(encoder.getstate)
encoder.reset()
print(encoder.getstate())
for name in ('big5hkscs', 'euc_jis_2004', 'shift_jis_2004'):
    encoder = codecs.getincrementalencoder(name)()
    for text in ('Ê', '\u0304', 'Êa', 'ÊÊ', '\u030c', 'か', '\u309a', 'か'):
        show(lambda: (encoder.encode(text), encoder.getstate()))
    show(encoder.encode, '', True)
    show(encoder.encode, 'か', True)
    encoder.encode('か')
    show(encoder.encode, '\ud800')
    show(encoder.getstate)
    encoder.reset()
    show(encoder.encode, 'x')

decoder = Decoder()
show(decoder.decode, 'a')
for piece in (b'\xc4', b'\xe3', b'ab\xc4', b'', b'\xe3\xc4'):
    show(lambda: (decoder.decode(piece), decoder.getstate()))
show(decoder.decode, b'\x20\xff', False)
show(decoder.getstate)
show(decoder.decode, b'', True)
show(decoder.getstate)
for state in ((b'12', 3), (b'123456789', 3), (b'1', 2**64), (b'1', -1), 3, (1, 2), (b'', 2, 3), ('a', 2)):
    show(decoder.setstate, state)
    show(decoder.getstate)
decoder.reset()
decoder.errors = 'replace'
show(decoder.decode, b'\xc4', True)
decoder = codecs.getincrementaldecoder('gb18030')()
show(lambda: [decoder.decode(bytes([b])) for b in '\xe4€😀你'.encode('gb18030')])
decoder = codecs.getincrementaldecoder('euc_kr')()
show(lambda: [decoder.decode(bytes([b])) for b in '갂가힣'.encode('euc_kr')])

# Streams.
Reader, Writer = gbk.streamreader, gbk.streamwriter
reader = Reader(io.BytesIO('你好\nabc\n你'.encode('gbk') + b'\xc4'))
for call in (lambda: reader.read(1), lambda: reader.read(3), reader.readline, reader.readlines, reader.read):
    show(call)
data = '你好\nabc\n你\n'.encode('gbk') * 3
reader = Reader(io.BytesIO(data), 'ignore')
for call in (reader.readline, lambda: reader.readlines(2), lambda: reader.readline(3), lambda: reader.read(0),
             lambda: reader.read(-1), lambda: reader.read('a'), lambda: reader.read(None), reader.reset,
             lambda: reader.errors, lambda: type(reader.stream)):
    show(call)
show(Reader(io.StringIO('abc')).read)
show(Reader, None, 3)
show(Reader(None).read)
out = io.BytesIO()
writer = Writer(out)
for call in (lambda: writer.write('你'), lambda: writer.write(3), lambda: writer.writelines(['a', 'b']),
             lambda: writer.writelines(3), lambda: writer.writelines(('c', 3)), writer.reset,
             lambda: writer.write('\ud800'), lambda: writer.stream is out):
    show(call)
print(out.getvalue())
out = io.BytesIO()
writer = codecs.getwriter('big5hkscs')(out)
writer.write('Ê')
print(out.getvalue())
writer.reset()
writer.write('Ê')
writer.write('\u0304')
print(out.getvalue())
with io.TextIOWrapper(io.BytesIO('日本\n語'.encode('shift_jis')), 'shift_jis') as file:
    print(list(file))

# The modules.
show(_codecs_cn.getcodec, 'no such codec')
show(_codecs_cn.getcodec, 3)
codec = _codecs_jp.getcodec('cp932')
print(type(codec))
show(type(codec))
show(_multibytecodec.MultibyteIncrementalEncoder)
show(_multibytecodec.MultibyteStreamReader, None)


class Wrong(_multibytecodec.MultibyteIncrementalDecoder):
    codec = 3


show(Wrong)
print('gb2312 한글'.encode('cp949'), '漢字'.encode('SJIS'), '漢字'.encode('ms932'), '漢字'.encode('big5-tw'))
