# A descriptor in the place of a special method that raises AttributeError: some operations take it for a missing method,
# others let the error through.
def refuse(self):
    raise AttributeError("refused")


NAMES = '''eq lt hash len add radd iadd getitem setitem delitem contains iter next call bool repr str neg int index float
enter exit format bytes round reversed abs divmod pow rpow matmul'''
E = type('E', (), {f'__{name}__': property(refuse) for name in NAMES.split()})
e = E()
for source in '''e == e|e < e|hash(e)|len(e)|e + e|1 + e|e + 1|e[0]|1 in e|iter(e)|next(e)|e()|bool(e)|str(e)|-e|int(e)|hex(e)|
float(e)|format(e)|bytes(e)|round(e)|reversed(e)|abs(e)|divmod(e, e)|e ** e|2 ** e|pow(e, e, e)|e @ e|list(e)|dict(e)|
sum(e)|repr(e).split(' at ')[0]'''.split('|'):
    try:
        print(source.strip(), '->', eval(source.strip()))
    except Exception as x:
        print(source.strip(), type(x).__name__, x)
try:
    e += 1
except Exception as x:
    print(type(x).__name__, x)
try:
    e[0] = 1
except Exception as x:
    print(type(x).__name__, x)
try:
    del e[0]
except Exception as x:
    print(type(x).__name__, x)
try:
    with e:
        pass
except Exception as x:
    print(type(x).__name__, x)


class Sized:
    __bool__ = property(refuse)

    def __len__(self):
        return 0


print(bool(Sized()))


class Raises:
    @property
    def __eq__(self):
        1 / 0


try:
    Raises() == Raises()
except ZeroDivisionError as x:
    print(x)
