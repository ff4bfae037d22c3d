# Objects die in the middle of inlined calls; what their __del__ sees and changes counts at once.
import sys


def names():
    frame, found = sys._getframe(1), []
    while frame is not None and frame.f_code.co_name != "<module>":
        found.append((frame.f_code.co_name, frame.f_lineno, sorted(frame.f_locals)))
        frame = frame.f_back
    return found


class Noisy:
    seen = []
    count = 0

    def __init__(self, action=None):
        self.action = action

    def __del__(self):
        Noisy.count += 1
        if self.action is not None:
            self.action()


class Cell:
    def __init__(self, value):
        self.value = value
        self.held = None

    def hold(self, thing):
        self.held = thing
        return self.value

    def twice(self, thing):
        a = self.hold(thing)
        b = self.hold(None)
        return a + b

    def local(self, thing):
        kept = thing
        kept = None
        return self.value


def work(cells, n, actions):
    total = 0
    for i in range(n):
        cell = cells[i % len(cells)]
        total += cell.twice(Noisy(actions.get(i)))
        total += cell.local(Noisy(actions.get(-i)))
    return total


cells = [Cell(1), Cell(2), Cell(3)]
print(work(cells, 3000, {}), Noisy.count)

# Frames as a finaliser finds them.
stacks = []
print(work(cells, 3000, {2500: lambda: stacks.append(names()), -2600: lambda: stacks.append(names())}), Noisy.count)
for stack in stacks:
    print(stack)


# Attributes, methods and globals change under the trace's feet.
def change_value():
    for cell in cells:
        cell.value += 1000


def change_shape():
    for cell in cells:
        cell.extra = 1
        del cell.value
        cell.value = 5


def change_method():
    Cell.hold = lambda self, thing: setattr(self, "held", thing) or 7


print(work(cells, 3000, {1000: change_value}))
print(work(cells, 3000, {-1500: change_shape}))
print(work(cells, 3000, {2000: change_method}))


# Locals of the frames below, through their frame objects.
class Base:
    def get(self):
        return 1


class Other(Base):
    def get(self):
        return 100


def swap():
    for thing in things:
        thing.__class__ = Other


def polymorphic(things, n, actions):
    total = 0
    for i in range(n):
        thing = things[i & 1]
        Noisy(actions.get(i))
        total += thing.get()
    return total


things = [Base(), Base()]
print(polymorphic(things, 4000, {}))
print(polymorphic(things, 4000, {3000: swap}))


# A finaliser that raises, one that resurrects, one that runs a hot loop of its own.
kept = []


class Resurrected:
    def __del__(self):
        if len(kept) < 3:
            kept.append(self)


class Loops:
    total = 0

    def __del__(self):
        for cell in cells:
            Loops.total += cell.local(Noisy())


def drops(n):
    count = 0
    for i in range(n):
        Resurrected()
        Loops()
        count += len(kept)
    return count


print(drops(2500), len(kept), Loops.total, Noisy.count)
