# Indexing, slices with steps, and errors.
s = "abcdefghij"
print(s[0], s[-1], s[3], s[-10])
print(s[2:5], s[:3], s[7:], s[:], s[-3:], s[:-3], s[2:-2], s[5:2], s[100:], s[:100], s[-100:2])
print(s[::2], s[1::3], s[::-1], s[8:2:-2], s[-1:-5:-1], s[2::-1], s[:5:-1], s[::100], s[::-100])
for i in (10, -11, 10**30):
    try:
        print(s[i])
    except IndexError as error:
        print(error)
for key in ("1", 1.0, None):
    try:
        print(s[key])
    except TypeError as error:
        print(error)
try:
    s[::0]
except ValueError as error:
    print(error)
try:
    s[0] = "x"
except TypeError as error:
    print(error)
print(s[slice(1, 4)], s[True], s[None:4:None], [s[i : i + 3] for i in range(0, 10, 3)])
