# print: sep, end, file, flush, many arguments, objects without __str__.
import sys

print("a", "b", sep="-")
print("a", "b", sep="", end="|\n")
print("a", 1, None, [1, "x"], ("t",), sep=", ")
print(*range(5), sep=" < ")
print(end="")
print("no newline", end="")
print()
print("to stderr is not compared here, to stdout it is", file=sys.stdout, flush=True)
print(sep="x")
print("", "", sep="|")
print("None for sep and end", 1, sep=None, end=None)


class Plain:
    pass


class WithRepr:
    def __repr__(self):
        return "repr!"


class WithBoth(WithRepr):
    def __str__(self):
        return "str!"


print(WithRepr(), WithBoth(), [WithRepr(), WithBoth()], str(WithRepr()), repr(WithBoth()))
print(str(Plain())[:22], Plain, len, print.__name__, int, type(Plain()))


class Writer:
    def __init__(self):
        self.parts = []

    def write(self, text):
        self.parts.append(text)


w = Writer()
print("x", 2, file=w)
print("y", end="", file=w)
print(w.parts)
sys.stdout.write("direct\n")
print(sys.stdout.write("four"), len("é日"))
for bad in (lambda: print("x", sep=1), lambda: print("x", nope=1)):
    try:
        bad()
    except TypeError as error:
        print(error)
