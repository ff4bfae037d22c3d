# Classes and functions made inside hot loops.
made = []
for i in range(200):

    class Local:
        number = i

        def get(self, k=i):
            return self.number + k

    made.append(Local())
print(sum(m.get() for m in made), len({type(m) for m in made}), made[0].get(), made[-1].get(), type(made[5]).__name__)


def factory(n):
    class Box:
        def __init__(self, value):
            self.value = value + n

        def __eq__(self, other):
            return self.value == other.value

    return Box


boxes = [factory(i % 3)(i) for i in range(300)]
print(sum(b.value for b in boxes), boxes[0] == boxes[0], len([1 for a, b in zip(boxes, boxes[1:]) if a == b]))


def call_get(o):
    return o.get()


print(sum(call_get(m) for m in made * 5))
functions = []
for i in range(500):

    def f(x, y=i):
        return x + y

    functions.append(f)
print(sum(f(1) for f in functions), functions[7](0), functions[7].__name__)
types = [type(f"T{i}", (), {"v": i, "go": lambda self: self.v}) for i in range(50)]
print(sum(t().go() for t in types for _ in range(10)), types[3].__name__)
total = 0
for i in range(2000):
    o = object.__new__(Local)
    o.a = i
    o.b = o.a + 1
    if i % 3 == 0:
        o.c = o.b
    total += o.b + getattr(o, "c", 0)
print(total, vars(o))


class Count:
    live = 0

    def __init__(self):
        Count.live += 1

    def __del__(self):
        Count.live -= 1


for i in range(2000):
    c = Count()
    d = [Count(), Count()]
    if i % 500 == 0:
        print(Count.live, end=" ")
del c, d
print(Count.live)
