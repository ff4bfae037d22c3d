assert x
assert x, "message"
assert not (a and b), f(x)
if __debug__:
    debugging()
