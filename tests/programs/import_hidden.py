# Imports that no statement shows: executables have to carry these modules all the same.
import os
import time

print('größe'.encode('cp1252'), b'\xe4'.decode('Windows-1252'), 'ä'.encode('koi8-r', 'replace'))
print('größe'.encode('utf_8_sig'), 'abä'.encode('punycode'))
print(time.strptime('2024-01-02', '%Y-%m-%d')[:3])
print(os.path.expandvars('$UNSET_HERE/x'), os.popen('echo hello').read().strip())


class Pair[A, B = int]:
    def first[T](self, x: T) -> T:
        return x


type Names[T] = list[T] | None
print(Pair.__type_params__, Pair[str].__args__, Names[int].__args__, Names.__value__)
print(Pair.__orig_bases__, Pair().first(1))


class Point:
    def __init__(self):
        self.x = 1


print(Point().__reduce_ex__(2)[1:3])

value = 3
template = t'a{value!r:>4}b'
print(type(template).__module__, template.__reduce__()[0].__module__, template.values)
print(__import__('textwrap').dedent('  text'))
