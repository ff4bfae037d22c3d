# Finalisers run as soon as the last reference goes, in a defined order.
log = []


class Tracked:
    def __init__(self, name, child=None):
        self.name = name
        self.child = child

    def __del__(self):
        log.append(self.name)


def show(label):
    print(label, log)
    log.clear()


a = Tracked("a")
a = None
show("rebind")
b = Tracked("b")
c = b
del b
show("one of two")
c = Tracked("c")
show("replace")
del c
show("del")
Tracked("temporary")
show("expression")


def function():
    x = Tracked("x")
    y = Tracked("y")
    return "result"


function()
show("locals")
parent = Tracked("parent", Tracked("child"))
del parent
show("nested")
items = [Tracked(i) for i in range(3)]
items.pop(0)
show("pop")
items[0] = None
show("item")
items.clear()
show("clear")
d = {"k": Tracked("in dict")}
d["k"] = Tracked("replacement")
show("dict store")
del d["k"]
show("dict del")
t = (Tracked("t1"), Tracked("t2"))
del t
show("tuple")
o = Tracked("o")
o.child = Tracked("attribute")
o.child = None
show("attribute")
for loop in [Tracked("l1"), Tracked("l2")]:
    pass
show("loop")
del loop
show("loop variable")
f = lambda default=Tracked("default"): 0
del f
show("function default")
try:
    raise ValueError(Tracked("in exception"))
except ValueError as error:
    show("inside except")
show("after except")
x = y = Tracked("shared")
x = Tracked("new x")
show("still shared")
y = x
show("gone")
del x, y
show("end")
