# Calls of native functions and methods from hot sites: by position, with omitted arguments, with the wrong number, and
# through a site whose callee changes.
def show(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


def hot_methods(n):
    items = list(range(5))
    insert, pop = items.insert, items.pop
    out = []
    for i in range(n):
        insert(i % 7, pop(0))
        items.insert(0, items.pop())
        out.append("a-b-c".split("-", i % 3))
        out.append("abc".find("c", i % 4))
        out.append({1: 2}.get(i % 3))
        out.append({1: 2}.get(i % 3, "none"))
        out.append([3, 1, 2].count(i % 4))
        out.append(abs(-i))
        out.append(min(i, 3, 5))
        out.append(divmod(i, 3))
        out.append(pow(i, 2, 7))
    return items, out[-20:]


print(hot_methods(60))


def wrong(n, arg_count):
    items = [1, 2, 3]
    for i in range(n):
        if i < n - 1:
            items.insert(0, i)
            items.pop(0)
        elif arg_count == 0:
            items.insert()
        elif arg_count == 1:
            items.insert(1)
        elif arg_count == 3:
            items.insert(1, 2, 3)


for k in (0, 1, 3):
    print(show(wrong, 40, k))


def vary(callees, n):
    result = []
    for i in range(n):
        f = callees[0] if i < n - len(callees) else callees[i - n]
        result.append(show_one(f))
    return result[-len(callees):]


def show_one(f):
    try:
        return f([3, 1, 2])
    except TypeError as e:
        return str(e)


class Sub(list):
    def pop(self, i=-1):
        return "sub", super().pop(i)


print(vary([len, sorted, sum, max, list.pop, str.upper, Sub, list, tuple, repr, lambda x: x[0], 3], 80))


def receivers(objects):
    out = []
    for o in objects:
        try:
            out.append(o.pop())
        except (TypeError, AttributeError, KeyError) as e:
            out.append(str(e))
    return out


print(receivers([[1, 2]] * 2 + [[i, i + 1] for i in range(40)] + [Sub([1]), {1}, {}, bytearray(b"ab"), 3])[-7:])


def unbound(objects):
    out = []
    pop = list.pop
    for o in objects:
        try:
            out.append(pop(o))
        except (TypeError, IndexError) as e:
            out.append(str(e))
    return out


print(unbound([[i] for i in range(40)] + [Sub([7]), (1,), [], None])[-5:])


def keywords(n):
    out = []
    for i in range(n):
        out.append("a b c".split(maxsplit=i % 3))
        out.append(sorted([2, 1, 3], reverse=i % 2 == 0))
        out.append(int("11", base=2 + i % 5))
    return out[-6:]


print(keywords(50))


class Dies:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log.append(self.name)


def temporaries(n):
    log = []
    for i in range(n):
        items = [Dies(log, "kept")]
        items.append(Dies(log, "appended"))
        items.insert(0, Dies(log, "inserted"))
        items.pop(0)
        log.append("popped")
        items.clear()
    return log[-4:], len(log)


print(temporaries(40))
