import _stat
import stat

print(sorted((n, v) for n, v in vars(_stat).items() if isinstance(v, int)))
for mode in (0o140777, 0o120777, 0o100644, 0o60600, 0o40755, 0o20666, 0o10666, 0o104755, 0o102755,
             0o41777, 0o104655, 0o102655, 0o41776, 0o160000, 0):
    kinds = [n for n in dir(_stat) if n.startswith('S_IS') and callable(getattr(_stat, n)) and getattr(_stat, n)(mode)]
    print(_stat.filemode(mode), stat.filemode(mode), oct(_stat.S_IMODE(mode)), oct(_stat.S_IFMT(mode)), kinds)
for wrong in -1, 2**40, 2**70, 'x', 1.0:
    for f in _stat.S_IMODE, _stat.filemode, _stat.S_ISDIR, _stat.S_ISWHT:
        try:
            print(f(wrong))
        except (OverflowError, TypeError) as error:
            print(type(error).__name__, error)
try:
    _stat.filemode()
except TypeError as error:
    print(error)
print(_stat.S_IMODE.__text_signature__, stat.S_ISDIR is _stat.S_ISDIR)
