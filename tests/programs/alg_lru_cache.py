# A doubly linked list with a dictionary: a cache that forgets the least recently used.
class Link:
    __slots__ = ("key", "value", "previous", "following")

    def __init__(self, key=None, value=None):
        self.key, self.value = key, value
        self.previous = self.following = self


class Cache:
    def __init__(self, capacity):
        self.capacity = capacity
        self.table = {}
        self.head = Link()
        self.hits = self.misses = 0

    def _unlink(self, link):
        link.previous.following = link.following
        link.following.previous = link.previous

    def _front(self, link):
        link.previous, link.following = self.head, self.head.following
        self.head.following.previous = link
        self.head.following = link

    def get(self, key, default=None):
        link = self.table.get(key)
        if link is None:
            self.misses += 1
            return default
        self.hits += 1
        self._unlink(link)
        self._front(link)
        return link.value

    def __setitem__(self, key, value):
        if key in self.table:
            self._unlink(self.table.pop(key))
        elif len(self.table) >= self.capacity:
            oldest = self.head.previous
            self._unlink(oldest)
            del self.table[oldest.key]
        link = self.table[key] = Link(key, value)
        self._front(link)

    def __iter__(self):
        link = self.head.following
        while link is not self.head:
            yield link.key, link.value
            link = link.following

    def __len__(self):
        return len(self.table)


cache = Cache(3)
for key in "abcadbe":
    cache[key] = key.upper()
print(list(cache), cache.get("a"), cache.get("z", "?"), list(cache), len(cache))


def cached(capacity):
    def decorate(function):
        cache = Cache(capacity)

        def wrapper(*args):
            result = cache.get(args, cache)
            if result is cache:
                result = cache[args] = function(*args)
            return result

        wrapper.cache = cache
        return wrapper

    return decorate


@cached(50)
def paths(x, y):
    return 1 if x == 0 or y == 0 else paths(x - 1, y) + paths(x, y - 1)


print(paths(14, 14), paths.cache.hits, paths.cache.misses, len(paths.cache))
seed = 1
small = Cache(20)
for _ in range(3000):
    seed = seed * 69069 + 1 & 0xFFFFFFFF
    key = (seed >> 24) % 40
    if small.get(key) is None:
        small[key] = -key
print(small.hits, small.misses, [k for k, _ in small][:5], all(v == -k for k, v in small))
