# Sources whose bytes are not what their encoding says: the error has the line as far as it is text.
import ast

SOURCES = [b'X\x80', b'\xc3\xa9X\x80', b"\xef\xbb\xbf#coding: utf8\nprint('\xe6\x88\x91')\n",
           b'\xef\xbb\xbfPython = "\xcf\xb3\xf2\xee\xed" +', b'x = 1\ny = "\x80"\nz', b'# coding: foo\nx\n',
           b'# coding: ascii\nx="\x80"\n', b'\xef\xbb\xbf# coding: latin1\nx\n', b'x\n# coding: latin1\n\n"\x80"',
           b'# coding: utf8\nx\n"\xff"\n', b'\n\n\n   "\xff"\r\nx', b'"""\n\n\x80']
for source in SOURCES:
    for compiler in (lambda s: compile(s, 'f.py', 'exec'), lambda s: ast.parse(s, 'f.py')):
        try:
            compiler(source)
        except SyntaxError as e:
            print(ascii(e.msg), ascii(e.text), e.lineno, e.offset, e.end_lineno, e.end_offset)
