# The import system: modules, specs, errors.
import sys

print(sys.implementation.name == sys.implementation.cache_tag.split('-')[0])
import json.decoder as d
print(d.__name__, d.__package__, d.__spec__.name, d.__spec__.parent, type(d.__loader__).__name__ != '')
print('json' in sys.modules, sys.modules['json'].decoder is d)
print(json_spec := __import__('importlib.util').util.find_spec('json').name)

for statement in ['import no_such_module', 'import os.no_such', 'from os import no_such_name', 'import json.no_such',
                  'from . import x', 'from .a import b', 'import sys.x']:
    try:
        exec(statement, {'__name__': '__main__', '__package__': None, '__spec__': None})
    except ImportError as e:
        print(statement, '->', type(e).__name__, str(e).split(' (/')[0].split(' (<')[0].split(' (unk')[0], e.name)

print(__import__('os.path').__name__, __import__('os.path', fromlist=['join']).__name__ in ('posixpath', 'os.path'))
sys.modules['halted'] = None
try:
    import halted
except ModuleNotFoundError as e:
    print(e)

import types
m = types.ModuleType('fresh', 'doc')
sys.modules['fresh'] = m
m.value = 42
from fresh import value
print(value, m)
try:
    __import__('')
except ValueError as e:
    print(e)
try:
    __import__(5)
except TypeError as e:
    print(e)
print([finder.__name__ for finder in sys.meta_path if hasattr(finder, '__name__')][:2])
print(__name__, __spec__, __package__, isinstance(__builtins__, types.ModuleType))
