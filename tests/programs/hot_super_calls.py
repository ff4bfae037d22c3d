# super() in hot loops, through several levels, with methods replaced midway.
class A:
    def __init__(self, n):
        self.n = n

    def step(self, k):
        self.n += k
        return self.n

    @property
    def twice(self):
        return self.n * 2

    @classmethod
    def name(cls):
        return len(cls.__name__)


class B(A):
    def __init__(self, n):
        super().__init__(n)
        self.calls = 0

    def step(self, k):
        self.calls += 1
        return super().step(k + 1)

    @property
    def twice(self):
        return super().twice + 1

    @classmethod
    def name(cls):
        return super().name() + 10


class C(B):
    def step(self, k):
        return super().step(k * 2) - 1


class Mixin:
    def step(self, k):
        return super().step(k) + 1000


class D(Mixin, C):
    pass


total = 0
objects = [A(1), B(2), C(3), D(4)]
for i in range(4000):
    o = objects[i % 4]
    total += o.step(i % 3) + o.twice + o.name()
    if i == 2000:
        A.step = lambda self, k: setattr(self, "n", self.n + k) or self.n
    elif i == 3000:
        Mixin.step = lambda self, k: 5
    elif i == 3500:
        del C.step
print(total, [o.n for o in objects], [getattr(o, "calls", None) for o in objects])
made = 0
for i in range(2000):
    made += C(i).n + B(i).calls
print(made)


class Outer:
    def method(self):
        return [super(Outer, self).__repr__()[:6] for _ in range(2)]


print(sum(len(Outer().method()) for _ in range(500)), Outer().method())
