# Plain functions, a class, a list and a dictionary.
def add(a, b):
    return a + b


def greet(name="you"):
    return "hello " + name


def nothing():
    pass


def maximum(values):
    best = values[0]
    for v in values:
        if v > best:
            best = v
    return best


class Counter:
    def __init__(self):
        self.n = 0

    def up(self):
        self.n = self.n + 1
        return self.n


print(add(2, 3), add("a", "b"), greet(), greet("me"), nothing())
print(maximum([3, 9, 2]))
c = Counter()
c.up()
c.up()
print(c.n, c.up())
ages = {"ann": 30, "bob": 25}
ages["cid"] = 41
print(ages["ann"] + ages["cid"], len(ages), "bob" in ages)
print((lambda x: x * x)(9), [add(i, i) for i in range(4)])
