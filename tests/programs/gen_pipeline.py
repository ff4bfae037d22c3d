# A pipeline of generators over text.
import sys

TEXT = """\
# comment
alpha = 1
beta=  22

gamma =three # trailing
 delta = 4
"""


def lines(text):
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line


def strip_comments(source):
    for number, line in source:
        line = line.partition("#")[0].strip()
        if line:
            yield number, line


def assignments(source):
    for number, line in source:
        name, found, value = line.partition("=")
        if found:
            yield number, name.strip(), value.strip()


def numbers(source, on_error):
    for number, name, value in source:
        try:
            yield name, int(value)
        except ValueError as error:
            on_error.append((number, str(error)))


errors = []
print(dict(numbers(assignments(strip_comments(lines(TEXT))), errors)), errors)


def window(iterable, n):
    buffer = []
    for item in iterable:
        buffer.append(item)
        if len(buffer) == n:
            yield tuple(buffer)
            buffer.pop(0)


def grouped(iterable, key):
    group, current = [], None
    for item in iterable:
        k = key(item)
        if group and k != current:
            yield current, group
            group = []
        current = k
        group.append(item)
    if group:
        yield current, group


print(list(window(range(6), 3)), list(window("ab", 3)))
print([(k, "".join(g)) for k, g in grouped("aaabbbcca", lambda c: c)], dict(grouped(range(10), lambda n: n // 4)))
merged = sorted(n for source in (range(0, 10, 3), range(1, 10, 4)) for n in source)
print(merged, sum(n for n in range(100) if n % 3 == 0 if n % 5 == 0), max(len(w) for w in TEXT.split()))
sys.stdout.write("written\n")
