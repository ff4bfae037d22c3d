# Modules that a start loads, whether or not their code has run: all is as if it had.
import sys

for name in 'codecs', 'encodings', 'encodings.aliases', 'encodings.utf_8', '_codecs', '_signal':
    module = sys.modules[name]
    print(name, module.__name__, module.__spec__.name, type(module).__name__, sys.modules[name] is module)

import codecs
import encodings

print(encodings.utf_8 is sys.modules['encodings.utf_8'], encodings.aliases.aliases['latin'])
print(sys.modules['encodings.utf_8'].getregentry().name, vars(encodings)['codecs'] is codecs)

searched = []


def search(name):
    searched.append(name)


codecs.register(search)
print(b'\xe9'.decode('latin-1'), searched)
try:
    'x'.encode('no such thing')
except LookupError as error:
    print(error, searched)
codecs.mark = 1
print(sys.modules['codecs'].mark, hasattr(codecs, 'no_such_name'))
