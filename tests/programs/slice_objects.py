# Slices as objects and as arguments of __getitem__.
class Show:
    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        print("set", key, value)

    def __delitem__(self, key):
        print("del", key)


s = Show()
print(s[1], s[1:2], s[:], s[::2], s[1:2, 3], s[..., None], s[()], s[-1:], s["a":"b":"c"], s[1, 2, 3])
s[1:2] = "x"
s[0] = 1
del s[::3]
del s[1, 2]
cut = slice(1, 10, 2)
print(cut, cut.start, cut.stop, cut.step, cut.indices(5), slice(None).indices(3), slice(5, None, -1).indices(10))
print(list(range(20))[cut], "abcdefghijkl"[cut], (0, 1, 2, 3)[slice(-2, None)], slice(3) == slice(None, 3, None), slice(1) != slice(2))


class Index:
    def __init__(self, n):
        self.n = n

    def __index__(self):
        return self.n


data = list(range(10))
print(data[Index(3)], data[Index(2) : Index(5)], "hello"[Index(1)], range(10)[Index(-1)], [0] * Index(3), hex(Index(255)))
for lower in (None, -20, -2, 0, 3, 20):
    print([data[lower:upper] for upper in (None, -1, 2, 50)], data[lower::-3])
try:
    data["a":]
except TypeError as error:
    print(error)
try:
    slice(1, 2, 0).indices(5)
except ValueError as error:
    print(error)
