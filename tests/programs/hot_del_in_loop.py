# A finaliser in the middle of a hot loop changes what the loop sees.
class Trigger:
    def __init__(self, action):
        self.action = action

    def __del__(self):
        self.action()


def change_global():
    global step
    step = 100


step = 1
total = 0
holder = None
for i in range(3000):
    if i == 1500:
        holder = Trigger(change_global)
    holder = None
    total += step
print(total)


class Box:
    def __init__(self):
        self.value = 1


def change_attribute(box):
    total = 0
    for i in range(3000):
        item = Trigger(lambda: setattr(box, "value", 50)) if i == 2000 else None
        before = box.value
        item = None
        total += before + box.value
    return total


print(change_attribute(Box()))


def change_list(n):
    data = [1] * 10
    log = []
    for i in range(n):
        x = Trigger(lambda: data.clear()) if i == n - 5 else 0
        log.append(len(data))
        x = 0
        if not data:
            data.extend([2, 2])
    return sum(log), data


print(change_list(2500))


def change_local_type(n):
    cell = 1

    def action():
        nonlocal cell
        cell = 0.5

    total = 0
    for i in range(n):
        t = Trigger(action) if i == 1800 else i
        t = i
        total += cell
    return total


print(change_local_type(2500))


class Method:
    def go(self):
        return 1


def replace_method():
    Method.go = lambda self: 1000


m = Method()
total = 0
for i in range(3000):
    tmp = Trigger(replace_method) if i == 2200 else i
    tmp = total
    total += m.go()
print(total)


def replace_builtin():
    global abs
    abs = lambda x: 12345


total = 0
for i in range(2500):
    v = [Trigger(replace_builtin)] if i == 2000 else [i]
    v[0] = i
    total += abs(-1)
print(total)
count = 0


def bump():
    global count
    count += 1


for i in range(2000):
    Trigger(bump)
    a = Trigger(bump)
    assert count == 2 * i + (1 if i == 0 else 1), (i, count)
print(count)
a = None
print(count)
