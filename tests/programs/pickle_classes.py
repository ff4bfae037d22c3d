# Subclasses of Pickler and Unpickler, memos, buffers, and files of several kinds.
import copyreg
import io
import pickle
import weakref
from pickle import PickleBuffer, Pickler, Unpickler


class Kept:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return type(other) is Kept and other.name == self.name

    __hash__ = None


STORE = {"a": Kept("a"), "b": Kept("b")}


class KeepingPickler(Pickler):
    def persistent_id(self, obj):
        if isinstance(obj, Kept):
            return obj.name
        return None


class KeepingUnpickler(Unpickler):
    def persistent_load(self, pid):
        return STORE[pid]


for protocol in range(6):
    file = io.BytesIO()
    KeepingPickler(file, protocol).dump([STORE["a"], "a", (STORE["b"], STORE["a"])])
    print(protocol, file.getvalue())
    file.seek(0)
    again = KeepingUnpickler(file).load()
    print(again[0] is STORE["a"], again[2][0] is STORE["b"], again[1])
    file.seek(0)
    try:
        Unpickler(file).load()
    except pickle.UnpicklingError as e:
        print(e)

# As attributes of instances.
file = io.BytesIO()
p = Pickler(file, 2)
p.persistent_id = lambda obj: str(obj) if isinstance(obj, int) else None
p.dump([1, "x", 2])
print(file.getvalue())
file.seek(0)
u = Unpickler(file)
u.persistent_load = lambda pid: int(pid) * 10
print(u.load())
del p.persistent_id
print(p.persistent_id(5))
p = Pickler(io.BytesIO(), 0)
p.persistent_id = lambda obj: "ä" if obj == 1 else None
try:
    p.dump([1])
except pickle.PicklingError as e:
    print(e, getattr(e, "__notes__", None))


# What decides how objects are written.
class Thing:
    def __init__(self, value=0):
        self.value = value

    def __repr__(self):
        return f"Thing({self.value})"


class Overriding(Pickler):
    def reducer_override(self, obj):
        if isinstance(obj, Thing):
            return Thing, (obj.value + 1,)
        if obj is Thing:
            return NotImplemented
        return NotImplemented


class Table(Pickler):
    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[Thing] = lambda t: (Thing, (t.value + 2,))


for protocol in range(6):
    for cls in (Overriding, Table):
        file = io.BytesIO()
        cls(file, protocol).dump([Thing(1), Thing, 1j])
        print(cls.__name__, protocol, file.getvalue(), pickle.loads(file.getvalue())[0])
file = io.BytesIO()
p = Pickler(file)
p.dispatch_table = {Thing: lambda t: "Thing"}
try:
    p.dump(Thing(1))
except pickle.PicklingError as e:
    print(e, getattr(e, "__notes__", None))


class Logged(dict):
    def __getitem__(self, key):
        print("asked for", key.__name__)
        raise KeyError(key)


p.dispatch_table = Logged()
p.dump(Thing(3))


class Careful(Unpickler):
    def find_class(self, module, name):
        print("wants", module, name)
        if module == "builtins" and name == "eval":
            raise pickle.UnpicklingError(f"no {name}")
        return super().find_class(module, name)


print(Careful(io.BytesIO(pickle.dumps([Thing(5), len, KeyError], 2))).load())
print(Careful(io.BytesIO(pickle.dumps([Thing(5), len], 5))).load())
try:
    Careful(io.BytesIO(b"c__builtin__\neval\n.")).load()
except pickle.UnpicklingError as e:
    print(e)

# Memos.
file = io.BytesIO()
p = Pickler(file, 2)
shared = ["shared"]
p.dump(shared)
p.dump(shared)
print(file.getvalue(), len(p.memo.copy()), sorted(n for n, _ in p.memo.copy().values()))
print([obj for n, obj in sorted(p.memo.copy().values(), key=lambda entry: entry[0])])
file.seek(0)
u = Unpickler(file)
first, second = u.load(), u.load()
print(first is second, u.memo.copy())
other = Unpickler(io.BytesIO(b"h\x00."))
other.memo = u.memo
print(other.load() is first)
q = Pickler(io.BytesIO(), 2)
q.memo = p.memo
q.clear_memo()
print(len(q.memo.copy()), len(p.memo.copy()))
q.memo = {1: (5, shared)}
file = io.BytesIO()
q.__init__(file, 2)
print(q.memo.copy())
q.memo = {1: (300, shared)}
q.dump([shared])
print(file.getvalue())
p.memo.clear()
print(p.memo.copy(), p.memo.__reduce__(), u.memo.__reduce__()[0])
for bad in (1, {1: 2}, {1: (1,)}, {1: ("a", 2)}):
    try:
        p.memo = bad
    except TypeError as e:
        print(e)
for bad in (1, {"a": 1}, {-1: 1}):
    try:
        u.memo = bad
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)


class Reentrant(Pickler):
    def persistent_id(self, obj):
        for f in (lambda: self.dump(1), lambda: self.__init__(io.BytesIO())):
            try:
                f()
            except RuntimeError as e:
                print(e)


Reentrant(io.BytesIO()).dump(1)


class Uninitialised(Pickler):
    def __init__(self):
        pass


for f in (lambda: Uninitialised().dump(1), lambda: Unpickler.__new__(Unpickler).load()):
    try:
        f()
    except pickle.PickleError as e:
        print(type(e).__name__, e)

# Buffers beside the pickle.
memory = bytearray(b"writable")
for obj in (memory, b"constant", memoryview(memory)[2:6]):
    buffers = []
    data = pickle.dumps([PickleBuffer(obj), 1], 5, buffer_callback=buffers.append)
    print(data, [bytes(b) for b in buffers], buffers[0].raw().readonly)
    again = pickle.loads(data, buffers=buffers)
    print(type(again[0]).__name__, bytes(again[0]))
    again = pickle.loads(data, buffers=[bytearray(bytes(buffers[0]))])
    print(type(again[0]).__name__, bytes(again[0]))
    for wrong in (None, (), 5):
        try:
            pickle.loads(data, buffers=wrong)
        except (pickle.UnpicklingError, TypeError) as e:
            print(e)
    print(pickle.dumps(PickleBuffer(obj), 5))
data = pickle.dumps([PickleBuffer(memory), PickleBuffer(memory)], 5, buffer_callback=lambda b: b)
print(data)
del buffers, again, obj
b = PickleBuffer(memory)
view = memoryview(b)
print(view.obj is memory, view.format, b.raw().shape)
try:
    memory.append(1)
except BufferError as e:
    print(e)
view.release()
b.release()
b.release()
memory.append(33)
for f in (b.raw, lambda: memoryview(b), lambda: pickle.dumps(b, 5), lambda: pickle.dumps(PickleBuffer(b""), 4)):
    try:
        f()
    except (ValueError, pickle.PicklingError) as e:
        print(type(e).__name__, e)
gaps = PickleBuffer(memoryview(b"abcdef")[::2])
for f in (gaps.raw, lambda: pickle.dumps(gaps, 5)):
    try:
        f()
    except (BufferError, pickle.PicklingError) as e:
        print(type(e).__name__, e)
print(weakref.ref(b)() is b)
for args in ((), (1,), ("a",), (b"", b"")):
    try:
        PickleBuffer(*args)
    except TypeError as e:
        print(e)


# Files: those that can be peeked at are read ahead, and stand behind the pickle at the end.
class Reading:
    def __init__(self, data, peeks):
        self.file = io.BufferedReader(io.BytesIO(data))
        self.log = []
        if peeks:
            self.peek = self.look

    def look(self, n):
        self.log.append(f"peek {n}")
        return self.file.peek(n)

    def read(self, n):
        self.log.append(n)
        return self.file.read(n)

    def readline(self):
        self.log.append("line")
        return self.file.readline()


stream = b"".join(pickle.dumps(["text", 1000, {"k": (1.5, None)}], protocol) for protocol in range(6))
for peeks in (False, True):
    file = Reading(stream, peeks)
    u = Unpickler(file)
    for protocol in range(6):
        print(u.load(), file.log)
        file.log.clear()
    try:
        u.load()
    except EOFError as e:
        print(e)

for read in (None, "text", 5):

    class Odd:
        def read(self, n):
            return read

        readline = read

    try:
        Unpickler(Odd()).load()
    except TypeError as e:
        print(e)
for make in (Pickler, Unpickler, lambda: Pickler(1), lambda: Unpickler(1), lambda: Pickler(io.BytesIO(), 6),
             lambda: Pickler(io.BytesIO(), 4, buffer_callback=print)):
    try:
        make()
    except (TypeError, ValueError) as e:
        print(e)

# Too deep.
deep = []
for _ in range(200000):
    deep = [deep]
for protocol in range(6):
    try:
        pickle.dumps(deep, protocol)
    except RecursionError:
        print("too deep")
nested = b"]" * 100000 + b"a" * 99999 + b"."
again = pickle.loads(nested)
depth = 0
while again:
    again = again[0]
    depth += 1
print(depth)
while deep:
    deep = deep.pop()
