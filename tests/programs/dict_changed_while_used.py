# Dicts that change during iteration, comparison or lookup.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

def iterate(change, view=lambda d: d):
    d = {i: i for i in range(5)}
    for x in view(d):
        change(d)
    return d

show("add", lambda: iterate(lambda d: d.setdefault(99, 1)))
show("add values", lambda: iterate(lambda d: d.setdefault(99, 1), dict.values))
show("add items", lambda: iterate(lambda d: d.setdefault(99, 1), dict.items))
show("delete", lambda: iterate(lambda d: d.pop(0, None)))
show("clear", lambda: iterate(dict.clear))
show("replace value", lambda: iterate(lambda d: d.__setitem__(0, "x")))
show("reversed", lambda: iterate(lambda d: d.setdefault(99, 1), reversed))

def swap_keys(d):
    d[max(d) + 1] = d.pop(min(d))
show("same size", lambda: iterate(swap_keys))

d = {1: 1}
it = iter(d)
next(it)
d[2] = 2
show("next", lambda: next(it))
show("again", lambda: next(it))
del d[2]
show("and again", lambda: next(it))
d = {1: 1, 2: 2, 3: 3}
it = iter(d.items())
print(it.__length_hint__(), next(it), it.__length_hint__(), list(it), it.__length_hint__(), list(it))
it = iter(d)
next(it)
f, args = it.__reduce__()
print(f is iter, args, next(it))

class Key:
    """All keys collide; comparing runs an action once."""
    action = None
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return 7
    def __eq__(self, other):
        action, Key.action = Key.action, None
        if action:
            action()
        return isinstance(other, Key) and self.n == other.n
    def __repr__(self):
        return f"K{self.n}"

def fresh(n=4):
    Key.action = None
    return {Key(i): i for i in range(n)}

d = fresh()
Key.action = lambda: d.clear()
show("lookup clears", lambda: d.get(Key(3), "gone"))
print(d)
d = fresh()
Key.action = lambda: d.update({Key(i): "new" for i in range(100, 130)})
show("lookup grows", lambda: d[Key(3)])
print(len(d))
d = fresh()
Key.action = lambda: d.pop(next(iter(d)))
show("lookup removes", lambda: d[Key(0)])
print(d)
d = fresh()
def insert_same():
    d[Key(50)] = "inner"
Key.action = insert_same
d[Key(50)] = "outer"
print(d)
d = fresh()
Key.action = lambda: d.clear()
show("del", lambda: d.__delitem__(Key(2)))
print(d)
d = fresh()
Key.action = lambda: d.clear()
show("setdefault", lambda: d.setdefault(Key(2), "set"))
print(d)

class Raises:
    def __hash__(self):
        return 7
    def __eq__(self, other):
        raise ValueError("do not compare me")
d = fresh()
show("raising eq", lambda: d.get(Raises()))
show("raising set", lambda: d.__setitem__(Raises(), 1))
d = {1: Raises()}
show("raising value", lambda: d == {1: 2})
class RaisesHash:
    def __hash__(self):
        raise TypeError("no hash today")
class RaisesOther:
    def __hash__(self):
        raise OSError("no hash ever")
show("raising hash", lambda: {RaisesHash(): 1})
show("raising hash set", lambda: {RaisesHash()})
show("raising hash other", lambda: {}.get(RaisesOther()))

src = {i: i for i in range(3)}
class Grow:
    def __hash__(self):
        return 1
    def __eq__(self, other):
        src[len(src) + 100] = 0
        return False
t = {Grow(): 0, 5: 5}
show("update mutates source", lambda: t.update(src))

# A str key meets keys of other types with the same hash.
class Like:
    def __init__(self, s):
        self.s = s
    def __hash__(self):
        return hash(self.s)
    def __eq__(self, other):
        return other == self.s
d = {Like("a"): 1, "b": 2}
print("a" in d, d["a"], d.get("b"), "c" in d)
d["a"] = "replaced"
print(len(d), list(d.values()))
class S(str):
    pass
d = {S("k"): 1}
print(d["k"], d[S("k")], type(next(iter(d))).__name__)

class D:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        log.append((self.name, sorted(target)))
log = []
target = {"a": D("a"), "b": D("b"), "c": D("c")}
target["a"] = 0
del target["b"]
target.pop("c", None)
target["d"] = D("d")
target.clear()
print(log)
d = {f"k{i}": i for i in range(100)}
for i in range(1, 100):
    del d[f"k{i}"]
its = [reversed(d), iter(d), reversed(d.items())]
d.clear()
d["k0"] = 0
print([list(it) for it in its])
