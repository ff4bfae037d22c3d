# A return lets go of the last reference to an object; a weak reference's callback and a finaliser run before the caller
# goes on.
import weakref

seen = []


class Thing:
    def __init__(self, name):
        self.name = name


def forget(reference):
    count = len(seen)
    seen.append(count)
    return count


class Loud:
    def __del__(self):
        forget(None)


def callback(n):
    thing = Thing(n)
    reference = weakref.ref(thing, forget)
    return reference, thing.name


def finaliser(n):
    loud = Loud()
    return n + 1


class Guard:
    def __enter__(self):
        self.thing = Thing(0)
        self.reference = weakref.ref(self.thing, forget)

    def __exit__(self, *args, **kwargs):
        thing, self.thing = self.thing, None


def guarded(n):
    with Guard():
        return [n]


def run(n):
    total = 0
    for i in range(n):
        reference, name = callback(i)
        total += name + finaliser(i) + guarded(i)[0]
        assert reference() is None
    return total


for n in 5, 50, 3000:
    print(run(n), len(seen), seen == list(range(len(seen))))
