"""Expected values for search and splitting."""

import random

from oracle import text

ALPHABETS = ["ab", "aé", "aβ", "aβ\U0001f600", "ab \n"]


def word(alphabet, length):
    return "".join(random.choice(alphabet) for _ in range(length))


def parts(values):
    return "|".join(text(value) for value in values)


def rows(scale):
    for _ in range(200 * scale):
        alphabet = random.choice(ALPHABETS)
        haystack = word(alphabet, random.randrange(60))
        if haystack and random.random() < 0.6:
            start = random.randrange(len(haystack))
            needle = haystack[start : start + random.randrange(8)]
        else:
            needle = word(random.choice(ALPHABETS), random.randrange(5))
        result = "%d %d %d" % (haystack.find(needle), haystack.rfind(needle), haystack.count(needle))
        yield "find", text(haystack) or "-", text(needle) or "-", result
        limit = random.choice([-1, -1, 0, 1, 2, 3])
        if needle:
            yield "split", text(haystack) or "-", text(needle), limit, parts(haystack.split(needle, limit))
            yield "rsplit", text(haystack) or "-", text(needle), limit, parts(haystack.rsplit(needle, limit))
        spaced = word("ab \t\u2003\n", random.randrange(15))
        yield "split_space", text(spaced) or "-", limit, parts(spaced.split(None, limit))
        yield "rsplit_space", text(spaced) or "-", limit, parts(spaced.rsplit(None, limit))
        yield "strip", text(spaced) or "-", parts([spaced.strip(), spaced.lstrip(), spaced.rstrip()])
        lined = word("a\n\r\x0b\x0c\x1c\x85\u2028b", random.randrange(12))
        yield "lines", text(lined) or "-", 0, parts(lined.splitlines())
        yield "lines", text(lined) or "-", 1, parts(lined.splitlines(True))
