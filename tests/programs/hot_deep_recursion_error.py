# The recursion limit is reached and survived, again and again.
import sys


def forever(n):
    return forever(n + 1)


for _ in range(5):
    try:
        forever(0)
    except RecursionError as error:
        print(type(error).__name__, str(error).startswith("maximum recursion depth exceeded"))


def depth(n=0):
    try:
        return depth(n + 1)
    except RecursionError:
        return n


limit = sys.getrecursionlimit()
reached = depth()
print(limit, limit - 100 < reached <= limit)


class Node:
    def __init__(self, child):
        self.child = child

    def __len__(self):
        return 1 + len(self.child)

    def __eq__(self, other):
        return self.child == other.child

    def walk(self):
        return self.child.walk()


node = Node(None)
node.child = node
for function in (lambda: len(node), lambda: node.walk(), lambda: node == Node(node), lambda: repr_loop()):
    try:
        function()
    except RecursionError:
        print("caught")
    except NameError as error:
        print(error)


def with_finally(n, log):
    try:
        with_finally(n + 1, log)
    finally:
        log[0] += 1


log = [0]
try:
    with_finally(0, log)
except RecursionError:
    print(log[0] > limit - 100)
sys.setrecursionlimit(200)
print(depth() < 200)
sys.setrecursionlimit(5000)


def sum_to(n):
    return 0 if n == 0 else n + sum_to(n - 1)


print(sum_to(4000))
sys.setrecursionlimit(limit)
try:
    sum_to(4000)
except RecursionError:
    print("not any more", sum_to(500))
try:
    sys.setrecursionlimit(0)
except ValueError as error:
    print(error)
