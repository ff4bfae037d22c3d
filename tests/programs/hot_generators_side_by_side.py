# Generators that lie next to each other, each of which uses all of its stack.
class Field:
    __slots__ = ("name", "wanted", "hidden")

    def __init__(self, name, wanted, hidden):
        self.name = name
        self.wanted = wanted
        self.hidden = hidden


def shown(fields):
    return (f for f in fields if f.wanted and not f.hidden)


def names(fields):
    for f in fields:
        if f.wanted and f.hidden:
            yield f.name


def rounds(n):
    fields = [Field("n" + str(i), i % 3 != 0, i % 5 == 0) for i in range(20)]
    total = 0
    for i in range(n):
        some = [shown(fields) for _ in range(7)]
        others = [names(fields) for _ in range(7)]
        for _ in range(3):
            for g in some:
                total += len(next(g).name)
            for g in others:
                total += len(next(g, ""))
        total += sum(len(f.name) for g in some for f in g)
        total += sum(1 for g in others for name in g)
    return total


print(rounds(40))
