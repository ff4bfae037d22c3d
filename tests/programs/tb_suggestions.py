# exit: 1
# Suggestions for misspelled names and attributes.
import sys


class Thing:
    colour = 1
    length = 2

    def use(self):
        return self.lenght

    def name(self):
        return length


def local():
    counter = 1
    return countr


def builtin():
    return pritn("x")


def imported():
    return sys.argvs


def keyword(*, strict=False):
    return keyword(strct=True)


thing = Thing()
for function in (thing.use, thing.name, lambda: thing.color, local, builtin, imported, keyword, lambda: "".uper(), lambda: [].apend(1)):
    try:
        function()
    except Exception:
        sys.excepthook(*sys.exc_info())
print(thing.colour)
thing.lengt
