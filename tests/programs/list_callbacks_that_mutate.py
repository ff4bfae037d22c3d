# Lists that change while one of their operations calls back into Python.
def show(label, f):
    try:
        print(label, f())
    except Exception as e:
        print(label, type(e).__name__, e)

class Eq:
    """Equal to `answer`; runs `action` when compared."""
    def __init__(self, action, answer=False):
        self.action = action
        self.answer = answer
    def __eq__(self, other):
        self.action()
        return self.answer
    __hash__ = None

a = []
a[:] = [Eq(lambda: a.clear()), 1, 2]
show("in", lambda: 5 in a)
print(a)
a[:] = [Eq(lambda: a.append(0) if len(a) < 20 else None), 1]
show("index", lambda: a.index("x"))
print(len(a))
a[:] = [1, Eq(lambda: a.clear(), True), 2]
show("remove", lambda: a.remove("x"))
print(a)
a[:] = [Eq(lambda: a.pop()) for _ in range(10)]
show("count", lambda: a.count(1))
print(len(a))
a[:] = [Eq(lambda: a.clear())] * 3
b = [1, 2, 3]
show("eq", lambda: a == b)
a[:] = [Eq(lambda: b.clear(), True)] * 3
show("eq2", lambda: a == b)
a[:] = [Eq(lambda: a.clear(), False)] * 3
b[:] = [1, 2, 3]
show("lt", lambda: a < b)

# sort
def key_that_clears(x):
    s.clear()
    return x
s = [3, 1, 2]
show("key clears", lambda: s.sort(key=key_that_clears))
print(s)
def key_that_appends(x):
    s.append(x)
    return x
s = [3, 1, 2]
show("key appends", lambda: s.sort(key=key_that_appends))
print(s)
def key_append_pop(x):
    s.append(1)
    s.pop()
    return -x
s = [3, 1, 2]
show("append and pop", lambda: s.sort(key=key_append_pop))
print(s)
def key_append_del(x):
    s.append(1)
    del s[:]
    return -x
s = [3, 1, 2]
show("append and del", lambda: s.sort(key=key_append_del))
print(s)
def key_that_looks(x):
    seen.append(list(s))
    return -x
seen = []
s = [3, 1, 2]
s.sort(key=key_that_looks)
print(s, seen)
class Bad:
    def __init__(self, n):
        self.n = n
    def __lt__(self, other):
        if self.n == 5 or other.n == 5:
            raise ValueError("five")
        return self.n < other.n
    def __repr__(self):
        return f"B{self.n}"
s = [Bad(n) for n in (9, 2, 7, 5, 1)]
show("failing lt", lambda: s.sort())
print(sorted(x.n for x in s))
s = [1, "a", 2.5]
show("mixed", lambda: s.sort())
print(len(s))
def failing_key(x):
    raise KeyError(x)
s = [2, 1]
show("failing key", lambda: s.sort(key=failing_key))
print(s)

# extend from an iterator that changes the list
def grows():
    for i in range(3):
        g.insert(0, -i)
        yield i
g = ["x"]
g.extend(grows())
print(g)
def clears():
    yield 1
    g.clear()
    yield 2
g = ["y"]
g += clears()
print(g)
def fails():
    yield 1
    raise RuntimeError("stop here")
g = []
show("failing extend", lambda: g.extend(fails()))
print(g)

# iteration while the list changes
it = [0, 1, 2, 3]
out = []
for x in it:
    out.append(x)
    if x < 3:
        it.append(x + 10)
    if len(it) > 8:
        break
print(out, it)
it = [0, 1, 2, 3, 4, 5]
for x in it:
    it.remove(x)
print(it)
r = reversed(it)
it.clear()
print(list(r), list(r))
it = [1, 2]
i = iter(it)
print(list(i))
it.append(3)
print(list(i))

# repr of lists that contain themselves, or change while printed
z = [1]
z.append(z)
z.append({"z": z})
print(z)
class R:
    def __repr__(self):
        q.clear()
        return "R"
q = [R(), 1, 2]
print(q)

# items dropped while the list is being changed
class D:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        log.append((self.n, len(target)))
log = []
target = [D(1), D(2), D(3), D(4)]
target[0] = None
del target[1]
target[1:] = []
target.clear()
print(log)
