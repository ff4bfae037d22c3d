# Files, buffers and text in memory and on disk, as io has them.
import io
import os
import pickle
import tempfile
import warnings


def attempt(what, f, *args, **kwargs):
    try:
        print(what, "->", repr(f(*args, **kwargs)))
    except Exception as e:
        text = str(e).replace(folder, "FOLDER")
        print(what, "->", type(e).__module__, type(e).__name__, text)


folder = tempfile.mkdtemp()
path = os.path.join(folder, "text")

with open(path, "w", encoding="utf-8") as f:
    print(f.write("one\ntwo é\nthree €\n𝄞 four"), f.tell(), f.closed, f.mode, f.newlines)
with open(path, encoding="utf-8") as f:
    print([line for line in f], f.newlines)
    attempt("read at the end", f.read)
    attempt("write to a reader", f.write, "x")
    f.seek(0)
    print(f.read(5), f.tell(), f.readline(), f.tell(), f.readline(3), f.readlines())
    position = f.seek(0) or (f.read(12), f.tell())[1]
    rest = f.read()
    f.seek(position)
    print(position, f.read() == rest)
attempt("closed", f.read)
attempt("closed", f.write, "x")
attempt("closed", f.tell)

for newline in (None, "", "\n", "\r", "\r\n"):
    with open(path, "w", newline=newline) as f:
        f.write("a\nb\r\nc\rd")
    with open(path, "rb") as f:
        raw = f.read()
    with open(path, newline=newline) as f:
        print(repr(newline), raw, f.readlines(), repr(f.newlines))

for encoding in ("utf-8", "latin-1", "utf-16", "utf-32", "cp1252", "utf-8-sig"):
    with open(path, "w", encoding=encoding) as f:
        f.write("é1")
        f.write("é2\n")
    with open(path, "a", encoding=encoding) as f:
        f.write("more")
    with open(path, "rb") as f:
        data = f.read()
    with open(path, encoding=encoding) as f:
        print(encoding, data, repr(f.read(3)), repr(f.read()))

with open(path, "wb") as f:
    print(f.write(bytes(range(100))), f.tell(), f.seek(50), f.write(b"XY"), f.tell(), f.truncate(60))
with open(path, "r+b") as f:
    print(type(f).__name__, f.read(3), f.peek()[:2], f.write(b"__"), f.read1(4), f.tell())
    f.seek(-5, 2)
    buffer = bytearray(8)
    print(f.readinto(buffer), buffer, f.readline())
with open(path, "rb", buffering=0) as f:
    print(type(f).__name__, f.read(4), f.seek(0, 2), f.readall(), f.mode, f.closefd)

attempt("no such file", open, os.path.join(folder, "none"))
attempt("bad mode", open, path, "rw")
attempt("bad mode", open, path, "z")
attempt("binary with encoding", open, path, "rb", encoding="utf-8")
attempt("unbuffered text", open, path, "r", 0)
attempt("bad newline", open, path, newline="x")
attempt("unknown encoding", open, path, encoding="no-such")
attempt("exclusive", open, path, "x")
attempt("negative", open, -1)

b = io.BytesIO(b"hello\nworld\n")
print(b.read(2), b.readline(), b.tell(), list(b), b.seek(2), b.write(b"LLO!!"), b.getvalue())
view = b.getbuffer()
view[0] = ord("J")
attempt("exported", b.write, b"x" * 100)
attempt("exported", b.close)
view.release()
print(b.getvalue(), b.truncate(3), b.getvalue(), b.seek(5), b.write(b"z"), b.getvalue())
copy = pickle.loads(pickle.dumps(b))
print(copy.getvalue(), copy.tell())

s = io.StringIO("line\r\nother\rlast\n", newline=None)
print(s.getvalue() == "line\nother\nlast\n", s.newlines, s.readline(), s.seek(2), s.write("é€𝄞"), s.getvalue())
s = io.StringIO(newline="\r\n")
print(s.write("a\nb"), repr(s.getvalue()), s.truncate(1), repr(s.getvalue()))
attempt("not text", s.write, b"x")
s.close()
attempt("closed", s.getvalue)


class Raw(io.RawIOBase):
    def __init__(self, data):
        self.data, self.at, self.written = data, 0, []

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, target):
        n = min(3, len(target), len(self.data) - self.at)
        target[:n] = self.data[self.at:self.at + n]
        self.at += n
        return n

    def write(self, data):
        self.written.append(bytes(data)[:4])
        return min(4, len(data))


raw = Raw(b"abcdefgh\nij")
reader = io.BufferedReader(raw, 5)
print(reader.read(4), reader.peek(1), reader.readline(), reader.read())
raw = Raw(b"")
writer = io.BufferedWriter(raw, 5)
print(writer.write(b"0123456789"), raw.written, writer.flush(), raw.written)
text = io.TextIOWrapper(io.BufferedReader(Raw("äöü\nß".encode())), "utf-8")
print(text.readline(), text.read(), text.detach().raw.at)
attempt("detached", text.read)
pair = io.BufferedRWPair(Raw(b"in"), Raw(b""))
print(pair.read(), pair.write(b"out"), pair.readable(), pair.writable(), pair.closed)
pair.close()

decoder = io.IncrementalNewlineDecoder(None, True)
print(repr(decoder.decode("a\r")), repr(decoder.decode("\nb\r", True)), decoder.newlines, decoder.getstate())
attempt("not seekable", io.RawIOBase().seek, 0)
attempt("pickled", pickle.dumps, open(os.devnull))

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    f = open(os.devnull, encoding="utf-8")
    f = None
    print([(w.category.__name__, str(w.message)) for w in caught])


class Out(io.TextIOWrapper):
    def write(self, text):
        return super().write(text.upper())


out = Out(io.BytesIO(), "ascii", errors="replace")
print("some text é", file=out, flush=True)
print(out.buffer.getvalue(), isinstance(out, io.TextIOBase), isinstance(b, io.BufferedIOBase))
out.reconfigure(errors="ignore", line_buffering=True)
print("é!", file=out)
print(out.buffer.getvalue(), out.errors, out.line_buffering)

os.remove(path)
os.rmdir(folder)
