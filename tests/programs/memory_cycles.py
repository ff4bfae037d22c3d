# Reference cycles made and dropped in loops; the program must neither slow down nor run out.
class Node:
    def __init__(self, n):
        self.n = n
        self.me = self
        self.peers = [self]


class Parent:
    def __init__(self):
        self.children = [Child(self) for _ in range(3)]


class Child:
    def __init__(self, parent):
        self.parent = parent


total = 0
for i in range(4000):
    node = Node(i)
    node.peers.append(node)
    total += node.me.peers[1].n
print(total)
for i in range(1500):
    p = Parent()
    total += len(p.children[0].parent.children)
print(total)
previous = None
for i in range(2000):
    d = {"previous": previous, "i": i}
    d["self"] = d
    previous = d if i % 50 else None
print(d["self"]["self"]["i"])


def closures(n):
    def inner():
        return inner, n

    return inner


print(sum(closures(i)()[1] for i in range(1500)))
for i in range(1000):
    try:
        raise ValueError(i)
    except ValueError as error:
        error.self = error
        kept = error
print(kept.self.args)
chain = None
for i in range(100000):
    chain = (i, chain)
print(chain[0])
chain = None
deep = []
for i in range(50000):
    deep = [deep]
del deep
print("released")
