# What native code works on may be changed by the Python code that it calls.
import pickle
from collections import OrderedDict


class Key:
    def __init__(self, name, action=None):
        self.name = name
        self.action = action

    def __hash__(self):
        return 1

    def __eq__(self, other):
        action, self.action = self.action, None
        if action:
            action()
        return self.name == other.name

    def __repr__(self):
        return self.name


ordered = OrderedDict((Key(name), n) for n, name in enumerate("abcdef"))
looked_for = Key("e", lambda: ordered.move_to_end(Key("c"), last=False))
ordered.move_to_end(looked_for, last=False)
print(sorted(map(repr, ordered)), len(ordered))
while ordered:
    ordered.popitem()
print(len(ordered))


# NEWOBJ_EX with names that are no texts.
class Plain:
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)


data = pickle.dumps(Plain, 4)[:-1] + b")}K\x01K\x02s\x92."
try:
    print(type(pickle.loads(data)).__name__)
except TypeError as e:
    print("TypeError:", e)
