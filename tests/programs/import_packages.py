# Packages on the path: regular ones, namespace packages, relative imports, cycles, compiled files.
import os, sys, tempfile, importlib, importlib.util

with tempfile.TemporaryDirectory() as folder:
    def write(name, text):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)

    write('pack/__init__.py', 'print("pack", __name__, __package__)\nfrom .sub import name\n')
    write('pack/sub.py', 'from . import other\nname = other.name.upper()\n')
    write('pack/other.py', 'name = __name__\n')
    write('pack/deep/__init__.py', 'from ..other import name as outer\n__all__ = ["leaf"]\n')
    write('pack/deep/leaf.py', 'from .. import sub\n')
    write('space/part.py', 'print("part of", __package__)\n')
    write('cycle_a.py', 'import cycle_b\nx = 1\n')
    write('cycle_b.py', 'from cycle_a import x\n')
    write('broken.py', 'a = 1\nraise ValueError("no")\n')
    write('syntax.py', 'a = = 1\n')
    sys.path.insert(0, folder)
    importlib.invalidate_caches()

    import pack
    print(pack.name, pack.sub.other.name, sorted(n for n in vars(pack) if not n.startswith('_')))
    from pack.deep import *
    print(leaf.__name__, pack.deep.outer)
    import space.part
    print(type(space.__path__).__name__, space.__file__ if hasattr(space, '__file__') else None)
    try:
        import cycle_a
    except ImportError as e:
        print(str(e).split(' (/')[0], 'cycle_a' in sys.modules, 'cycle_b' in sys.modules)
    try:
        import broken
    except ValueError as e:
        print(e, 'broken' in sys.modules)
    try:
        import syntax
    except SyntaxError as e:
        print(type(e).__name__, e.lineno, os.path.basename(e.filename))
    try:
        from pack import nothing
    except ImportError as e:
        print(str(e).split(' (')[0])
    try:
        import pack.nothing
    except ModuleNotFoundError as e:
        print(e, e.name)
    print(pack.__spec__.submodule_search_locations == [os.path.join(folder, 'pack')])
    write('changing.py', 'value = 1\n')
    importlib.invalidate_caches()
    import changing
    print(changing.value)
    write('changing.py', 'value = 22222\n')
    importlib.reload(changing)
    print(changing.value)
    print(os.path.basename(importlib.util.cache_from_source('a/x.py', optimization='')).split('.')[0])
