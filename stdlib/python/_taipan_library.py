"""Imports the modules of the embedded standard library.

The library is data inside of the program. To everything else it looks like source files in the folder `sys._stdlib_dir`:
modules have `__file__` and `__cached__`, loaders give sources. Files that really are in that folder do not count.
"""

import _imp
import sys
from _frozen_importlib_external import SourceFileLoader, _path_isfile, _path_join, spec_from_file_location

_library_find = _imp._library_find
_library_code = _imp._library_code
_library_source = _imp._library_source


class LibraryLoader(SourceFileLoader):
    """Loads a module of the embedded library."""

    def get_code(self, fullname):
        code = _library_code(self.name, self.path)
        if code is None:
            return super().get_code(fullname)
        return code

    def get_data(self, path):
        if path == self.path:
            data = _library_source(self.name)
            if data is not None:
                return data
        return super().get_data(path)

    def path_stats(self, path):
        if path == self.path:
            return {'mtime': 0, 'size': len(self.get_data(path))}
        return super().path_stats(path)


class LibraryFinder:
    """Finds modules of the embedded library; a path hook."""

    def __init__(self, path):
        root = sys._stdlib_dir
        if path == root:
            self.prefix = ''
        elif root and path.startswith(root + '/'):
            self.prefix = path[len(root) + 1:].replace('/', '.') + '.'
            if _library_find(self.prefix[:-1]) is None:
                raise ImportError('not a folder of the embedded library', path=path)
        else:
            raise ImportError('not the embedded library', path=path)
        self.path = path

    def __repr__(self):
        return f'LibraryFinder({self.path!r})'

    def find_spec(self, fullname, target=None):
        name = self.prefix + fullname.rpartition('.')[2]
        found = _library_find(name)
        if found is None:
            return None
        path = _path_join(sys._stdlib_dir, found[0])
        locations = [path.rpartition('/')[0]] if found[1] else None
        loader = LibraryLoader(fullname, path)
        return spec_from_file_location(fullname, path, loader=loader,
                                       submodule_search_locations=locations)

    def iter_modules(self, prefix=''):
        for name, is_package in _imp._library_names(self.prefix):
            yield prefix + name, is_package

    def invalidate_caches(self):
        pass


class ProgramLoader:
    """Loads a module that was built into the executable."""

    def __init__(self, name, path):
        self.name = name
        self.path = path

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self.get_code(self.name), module.__dict__)

    def get_code(self, fullname):
        return _imp._program_code(fullname)

    def get_source(self, fullname):
        return _imp._program_source(fullname)

    def get_filename(self, fullname):
        return self.path

    def is_package(self, fullname):
        return _imp._program_find(fullname)[1]


class ProgramFinder:
    """Finds the modules that were built into the executable; goes before the path."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        found = _imp._program_find(fullname)
        if found is None:
            return None
        path, is_package = found
        locations = [path.rpartition('/')[0]] if is_package else None
        return spec_from_file_location(fullname, path, loader=ProgramLoader(fullname, path),
                                       submodule_search_locations=locations)


def _install():
    if _imp._is_built_program():
        sys.meta_path.insert(-1, ProgramFinder)
    if sys._home and _path_isfile(_path_join(sys._stdlib_dir, 'os.py')):
        # The user named another library, with files.
        return
    sys.path_hooks.insert(0, LibraryFinder)
