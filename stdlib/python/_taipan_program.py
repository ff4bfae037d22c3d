"""What `site` adds to `builtins`, for executables that `taipan build` made. They have no packages to look for."""

import builtins

from _sitebuiltins import Quitter, _Helper


class _Notice:
    """A text of `site`, which is imported when somebody reads it."""

    def __init__(self, name):
        self._name = name

    def _text(self):
        import site
        return getattr(builtins, self._name)

    def __repr__(self):
        return repr(self._text())

    def __call__(self):
        return self._text()()


def _install():
    for name in 'quit', 'exit':
        setattr(builtins, name, Quitter(name, 'Ctrl-D (i.e. EOF)'))
    for name in 'copyright', 'credits', 'license':
        setattr(builtins, name, _Notice(name))
    builtins.help = _Helper()


_install()
