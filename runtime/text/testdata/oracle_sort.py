"""How many comparisons `list.sort` makes, and which order it gives when the comparison fails.

The inputs come from a generator that the test repeats: x = x * 6364136223846793005 + 1442695040888963407
modulo 2**64, of which the upper 32 bits are used.
"""


class Failed(Exception):
    pass


class Item:
    made = 0
    trace = 0
    fail_at = None

    def __init__(self, key, number):
        self.key, self.number = key, number

    def __lt__(self, other):
        Item.made += 1
        Item.trace = (Item.trace * 31 + self.number * 7 + other.number) & 0xFFFFFFFF
        if Item.made == Item.fail_at:
            raise Failed
        return self.key < other.key


def numbers(seed, count, bound):
    state = seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        yield (state >> 32) % bound


def shaped(shape, seed, count):
    if shape == "random":
        return list(numbers(seed, count, 1 << 31))
    if shape == "few":
        return list(numbers(seed, count, 5))
    if shape == "ascending":
        return list(range(count))
    if shape == "descending":
        return [count - i for i in range(count)]
    if shape == "stairs":
        return [(count - i) // 3 for i in range(count)]
    if shape == "organ":
        return [min(i, count - i) for i in range(count)]
    if shape == "blocks":
        return [i % 97 * 1000 + i // 97 for i in range(count)]
    if shape == "swapped":
        values = list(range(count))
        for i in numbers(seed, 6, count):
            values[i], values[count - 1 - i] = values[count - 1 - i], values[i]
        return values
    if shape == "tail":
        return list(range(count - count // 10)) + list(numbers(seed, count // 10, count))
    if shape == "inconsistent":
        return list(numbers(seed, count, 1 << 31))
    raise ValueError(shape)


def checksum(items):
    state = 0
    for item in items:
        state = (state * 31 + item.number) & 0xFFFFFFFF
    return state


def rows(scale):
    shapes = "random few ascending descending stairs organ blocks swapped tail".split()
    sizes = [2, 3, 5, 10, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 200, 500, 1000, 1023, 1025, 3000, 10000][: 21 if scale == 1 else None]
    for shape in shapes:
        for count in sizes:
            for reverse in [0, 1]:
                seed = count * 7 + reverse
                items = [Item(key, i) for i, key in enumerate(shaped(shape, seed, count))]
                Item.made = Item.trace = 0
                items.sort(reverse=bool(reverse))
                yield "sort", shape, seed, count, reverse, 0, "%d %d %d" % (Item.made, Item.trace, checksum(items))
                for fail_at in [1, Item.made // 2, Item.made]:
                    items = [Item(key, i) for i, key in enumerate(shaped(shape, seed, count))]
                    Item.made, Item.trace, Item.fail_at = 0, 0, fail_at
                    try:
                        items.sort(reverse=bool(reverse))
                    except Failed:
                        yield "sort", shape, seed, count, reverse, fail_at, "%d %d %d" % (Item.made, Item.trace, checksum(items))
                    Item.fail_at = None
