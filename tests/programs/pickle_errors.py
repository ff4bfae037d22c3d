# What is wrong with pickles, and how it is said.
import pickle as P


def t(what, f):
    try:
        r = f()
    except BaseException as e:
        print(what, "=>", type(e).__name__, e, type(e.__context__).__name__)
    else:
        print(what, "=>", bytes(r) if isinstance(r, memoryview) else repr(r))


L = P.loads
for d in [b'', b'.', b'0.', b'1.', b'(.', b'((.', b'N', b'I', b'I.', b'I1', b'Ix\n.', b'L\n.', b'L1L\n.', b'Lxx\n.',b'F\n.', b'Fx\n.', b'F1.5\n.', b'S\n.',b"S'\n.", b"S'abc\".", b"S'abc\"\n.", b"S'a\\x\n.",b"S'a\\x'\n.", b"V\\u12\n.", b"T\xff\xff\xff\xff.", b"T\x05\0\0\0ab", b'\x8b\xff\xff\xff\xff.',
 b'\x8a', b'\x8a\x05a', b'\x8b\1\0\0\0', b'G1234', b'J123', b'M1', b'K', b'\x80', b'\x80\x06.', b'\x80\xff.', b'\x95', b'\x95\1\0\0\0\0\0\0\0', b'\x95\xff\xff\xff\xff\xff\xff\xff\xff.', b'\x95\xff\xff\xff\xff\xff\xff\xff\x7f.', b'\x8e\xff\xff\xff\xff\xff\xff\xff\xff.', b'\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.', b'\x8d\xff\xff\xff\xff\xff\xff\xff\xff.', b'\x96\xff\xff\xff\xff\xff\xff\xff\xff.', b'\x96\5\0\0\0\0\0\0\0ab', b'B\5\0\0\0ab', b'C\5ab', b'U\5ab', b'X\5\0\0\0ab', b'X\xff\xff\xff\xff', b'\x8c\5ab', b'\x8c\2\xff\xfe.', b'U\2\xff\xfe.',
 b'g0\n.', b'gx\n.', b'g-1\n.', b'g\n.', b'h', b'h\5.', b'j', b'j\5\0\0\0.', b'p0\n.', b'Np-1\n.', b'Npx\n.', b'Np0', b'q\0.', b'Nq', b'r\0\0\0\0.', b'Nr', b'\x94.', b'N\x94.',
 b'a.', b'Na.', b'NNa.', b'e.', b'(e.', b'N(Ne.', b'N(e.', b's.', b'NNs.', b'NNNs.', b'u.', b'N(u.', b'N(Nu.', b'}(Nu.',b'}(NNu.', b'}(]Nu.', b'N(NNu.', b'\x90.', b'N(\x90.', b'N(N\x90.', b'\x8f(]\x90.', b'(]\x91.', b'\x91.', b't.', b'\x85.', b'\x86.', b'N\x86.', b'NN\x87.', b'l.', b'd.', b'(Nd.', b'(]Nd.', b'b.', b'Nb.', b'NNb.', b'N}b.', b']K\1b.', b']}K\1K\2sb.', b']N}K\1K\2s\x86b.', b']NK\1\x86b.',
 b'c', b'cx', b'cx\n', b'cx\ny', b'cnosuch\nx\n.', b'csys\nnosuch\n.', b'c\xff\nx\n.', b'i', b'ix\ny\n.', b'(inosuch\ny\n.', b'(N(ibuiltins\nlist\n.', b'o.', b'(o.', b'(No.', b'(cbuiltins\nlist\no.', b'(cbuiltins\nlist\nNo.',
 b'\x81.', b'N\x81.', b'NN\x81.', b'N)\x81.', b'cbuiltins\nlist\nN\x81.', b'cbuiltins\nlist\n)\x81.', b'cbuiltins\nlen\n)\x81.', b'\x92.', b'NNN\x92.', b'N)}\x92.', b'cbuiltins\nlist\nN}\x92.', b'cbuiltins\nlist\n)N\x92.', b'R.', b'NR.', b'NNR.', b'N)R.', b'cbuiltins\nint\nNR.', b'cbuiltins\nint\n]R.',
 b'\x93.', b'NN\x93.', b'N\x8c\1a\x93.', b'\x8c\3sysN\x93.', b'\x8c\3sys\x8c\1a\x93.', b'\x80\4\x8c\3sys\x8c\3a.b\x93.', b'\x80\4\x8c\3sys\x8c\5path.\x93.', b'\x80\4\x8c\3sys\x8c\x0epath.nosuch.xx\x93.', b'\x82\0.', b'\x82\xf0.', b'\x82', b'\x83\xff\xff.', b'\x84\xff\xff\xff\xff.', b'\x84\1\2\3\4.', b'P', b'Pab\n.', b'P\xff\n.', b'Q.', b'NQ.', b'2.', b'N2\x86.', b'(2.', b'\xff', b'\x00', b"'", b'z', b'\n', b'\x97.', b'N\x98.', b'\x98.', b']\x98.', b'C\1a\x98.', b'\x96\1\0\0\0\0\0\0\0a\x98.',
 b'N(1.', b'N(0.', b'N(NN1.', b'(N0N.', b'(0.', b'((0.', b'NN0.', b'(00.',b'(N0a.', b'](a.', b'](Na.', b']N(a.', b'}N(s.', b'N(\x85.', b'N((N\x86.', b'N(b.', b'(q\0.', b'(p0\n.', b'(\x94.', b'(2.', b'N(R.', b'N(Q.', b'N(.', b'\x80\4\x95\2\0\0\0\0\0\0\0N.', b'\x80\4\x95\1\0\0\0\0\0\0\0N.', b'\x80\4\x95\5\0\0\0\0\0\0\0\x8c\5abcde.', b'\x80\4\x95\2\0\0\0\0\0\0\0C\3abc.']:
    t(d, lambda: L(d))
t('enc', lambda: L(b'U\2ab.', encoding='bytes')); t('enc2', lambda: L(b'U\2\xff\xfe.', encoding='latin1')); t('enc3', lambda: L(b'U\2\xff\xfe.', errors='replace'));t('enc4', lambda: L(b'U\2\xff\xfe.', encoding='nosuch'))
t('kw', lambda: L(data=b'')); t('kw', lambda: L()); t('kw', lambda: L(1)); t('kw', lambda: L('')); t('kw', lambda: L(b'N.', buffers=1)); t('b', lambda: L(b'\x97.', buffers=[])); t('b', lambda: L(b'\x97.', buffers=[1]));t('b', lambda: L(b'\x97.', buffers=None)); t('b', lambda: L(b'\x97\x98.', buffers=[1]));t('b', lambda: L(b'\x97\x98.', buffers=[b'a']));t('b', lambda: L(b'\x97\x98.', buffers=[bytearray(b'a')]));
t('u', lambda: P.Unpickler()); t('u', lambda: P.Unpickler(1)); t('p', lambda: P.Pickler()); t('p', lambda: P.Pickler(1)); t('p', lambda: P.Pickler(io.BytesIO(), 6)); t('p', lambda: P.Pickler(io.BytesIO(), 'a')); t('p', lambda: P.Pickler(io.BytesIO(), 4, buffer_callback=1)); t('p', lambda: P.dumps(1, -5)); t('p', lambda: P.dumps(1, 2**40)); t('p', lambda: P.dumps(1,True)); t('p',lambda:P.dumps(1,2.0))


# What cannot be pickled, and where it was.
class Bad:
    def __reduce__(self):
        raise ZeroDivisionError("bad")


class Says:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return self.value


class Holder:
    def __init__(self, x):
        self.x = x


def newobj(*args):
    pass


newobj.__name__ = "__newobj__"


def newobj_ex(*args):
    pass


newobj_ex.__name__ = "__newobj_ex__"


def outer():
    def local():
        pass

    class Local:
        pass

    return local, Local


missing = Says("missing")
missing.__module__ = "nowhere"
dotted = Says("Holder.nothing")
bads = {
    "list": [0, [1, Bad()]],
    "tuple": (0, 1, (2, Bad())),
    "long tuple": (0, 1, 2, 3, Bad()),
    "dict": {"a": {"b": Bad()}, 5: 6},
    "two": {1: 2, "k": Bad()},
    "set": {1, frozenset([Holder])},
    "instance": Holder([Holder(Bad())]),
    "str": Says("x" * 3),
    "missing": missing,
    "dotted": dotted,
    "number": Says(5),
    "short": Says((int,)),
    "long": Says((int, (), 1, 2, 3, 4, 5)),
    "callable": Says((5, ())),
    "arguments": Says((int, [])),
    "list items": Says((list, (), None, [1])),
    "dict items": Says((dict, (), None, None, [1])),
    "pairs": Says((dict, (), None, None, iter([1, 2]))),
    "setter": Says((int, (), 1, None, None, 5)),
    "bad argument": Says((int, (1, Bad()))),
    "bad state": Says((Holder, (1,), Bad())),
    "bad item": Says((list, (), None, iter([1, Bad()]))),
    "bad value": Says((dict, (), None, None, iter([(1, Bad())]))),
    "newobj": Says((newobj, ())),
    "newobj class": Says((newobj, (5,))),
    "newobj other": Says((newobj, (Holder, 1))),
    "newobj ex": Says((newobj_ex, (1, 2))),
    "newobj ex class": Says((newobj_ex, (1, 2, 3))),
    "newobj ex args": Says((newobj_ex, (Says, 2, 3))),
    "newobj ex kwargs": Says((newobj_ex, (Says, (), 3))),
    "local": outer()[0],
    "local class": outer()[1],
    "instance of a local class": [outer()[1]()],
    "lambda": lambda: 0,
    "module": P,
    "generator": (i for i in ()),
    "code": outer.__code__,
    "memoryview": memoryview(b""),
}
import re

for name, value in bads.items():
    for protocol in (0, 2, 4):
        try:
            P.dumps(value, protocol)
        except Exception as e:
            notes = getattr(e, "__notes__", None)
            text = re.sub("0x[0-9a-f]+", "0x", str(e))
            print(name, protocol, type(e).__name__, text, notes, "|", type(e.__context__).__name__, e.__context__)
        else:
            print(name, protocol, "fine")
