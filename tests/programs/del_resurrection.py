# Finalisers that resurrect, raise, or look at globals.
import sys

saved = []


class Phoenix:
    count = 0

    def __del__(self):
        Phoenix.count += 1
        saved.append(self)


p = Phoenix()
del p
print(len(saved), Phoenix.count, type(saved[0]).__name__)
saved.clear()
print(len(saved), Phoenix.count)


class Raises:
    def __del__(self):
        print("about to raise")
        raise ValueError("in __del__")


class Hook:
    def __call__(self, info):
        print("unraisable:", type(info.exc_value).__name__, info.exc_value)


sys.unraisablehook = Hook()
r = Raises()
del r
print("still running")


class Chain:
    def __init__(self, n, following=None):
        self.n = n
        self.following = following

    def __del__(self):
        total.append(self.n)


total = []
chain = None
for i in range(50):
    chain = Chain(i, chain)
del chain
print(total[:5], total[-1], len(total))


class Owner:
    def __init__(self):
        self.part = Chain("part")

    def __del__(self):
        total.append("owner")
        total.append(self.part.n)


total.clear()
Owner()
print(total)


def swap():
    a, b = Chain("a"), Chain("b")
    a, b = b, a
    total.append("swapped")


total.clear()
swap()
print(total)
