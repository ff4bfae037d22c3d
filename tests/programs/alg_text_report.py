# Word statistics and a formatted table.
TEXT = """\
It was the best of times, it was the worst of times, it was the age of wisdom,
it was the age of foolishness, it was the epoch of belief, it was the epoch of
incredulity, it was the season of Light, it was the season of Darkness, it was
the spring of hope, it was the winter of despair.
"""


def words(text):
    for line in text.splitlines():
        for word in line.split():
            word = word.strip(".,;:!?").lower()
            if word:
                yield word


def wrap(text, width):
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line


def justify(line, width):
    parts = line.split()
    if len(parts) == 1:
        return line
    spaces = width - sum(map(len, parts))
    each, extra = divmod(spaces, len(parts) - 1)
    out = ""
    for i, part in enumerate(parts[:-1]):
        out += part + " " * (each + (i < extra))
    return out + parts[-1]


counts = {}
for w in words(TEXT):
    counts[w] = counts.get(w, 0) + 1
top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:8]
widest = max(len(w) for w, _ in top)
print(f"{'word':<{widest}} | {'n':>3} | share")
print("-" * (widest + 3) + "+" + "-" * 5 + "+" + "-" * 7)
total = sum(counts.values())
for word, n in top:
    print(f"{word:<{widest}} | {n:>3} | {n / total:6.1%}")
print(total, len(counts), max(counts, key=len), sorted({len(w) for w in counts}))
for line in wrap(TEXT, 34):
    print(f"|{justify(line, 34)}|")
print("\n".join(f"{n:>2} {'*' * n}" for n in (len(list(wrap(TEXT, w))) for w in (20, 40, 80))))
print(TEXT.title().swapcase()[:40], "".join(c for c in TEXT if c.isupper()), TEXT.translate(str.maketrans("aeiou", "*****"))[:30])
