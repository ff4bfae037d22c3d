# Methods, attribute updates and object creation in hot loops.
class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    def rotate(self):
        self.x, self.y = -self.y, self.x
        return self


v = Vec(1, 2)
total = 0
for i in range(3000):
    w = v + Vec(i, -i)
    total += w.dot(v) + (w * 2).x
    if i % 500 == 0:
        v.rotate()
print(total, v.x, v.y, Vec(1, 2) == Vec(1, 2), Vec(1, 2) == Vec(1.0, 3))
p = Vec(0.0, 1.0)
velocity = Vec(0.5, -0.25)
for i in range(3000):
    p = p + velocity * 0.01
    if p.y < 0:
        velocity.y = -velocity.y
print(round(p.x, 6), round(p.y, 6))


class Account:
    fee = 1

    def __init__(self):
        self.balance = 0
        self.history = []

    def deposit(self, n):
        self.balance += n
        self._log(n)

    def withdraw(self, n):
        if n + self.fee > self.balance:
            raise ValueError("insufficient")
        self.balance -= n + self.fee
        self._log(-n)

    def _log(self, n):
        self.history.append(n)
        if len(self.history) > 10:
            self.history = self.history[5:]

    @property
    def rich(self):
        return self.balance > 500

    @staticmethod
    def parse(text):
        return int(text)

    @classmethod
    def raise_fee(cls):
        cls.fee += 1


a = Account()
refused = rich = 0
for i in range(3000):
    a.deposit(Account.parse("7"))
    try:
        a.withdraw(i % 15)
    except ValueError:
        refused += 1
    rich += a.rich
    if i % 1000 == 999:
        a.raise_fee()
print(a.balance, refused, rich, a.history[-3:], Account.fee)


class Node:
    __slots__ = ("value", "next")

    def __init__(self, value, next=None):
        self.value = value
        self.next = next


head = None
for i in range(1000):
    head = Node(i, head)
total, node = 0, head
while node is not None:
    total += node.value
    node = node.next
previous = None
while head:
    head.next, previous, head = previous, head, head.next
print(total, previous.value, previous.next.next.value)
append = [].append
for i in range(2000):
    append(i)
print(len(append.__self__), append.__self__[-1])
