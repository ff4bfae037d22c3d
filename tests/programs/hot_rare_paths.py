# Loops whose rare branches grow hot one after the other, and side exits out of side exits.
def rare(n):
    a = b = c = d = 0
    for i in range(n):
        a += 1
        if i % 10 == 9:
            b += i
            if i % 100 == 99:
                c += b
                if i % 1000 == 999:
                    d += c
                    c = 0
                    continue
                b -= c // 3
            a -= 1
    return a, b, c, d


print(rare(20000))


def shifting(n):
    log = [0] * 16
    for i in range(n):
        phase = i * 16 // n
        if phase & 1:
            if phase & 2:
                log[phase] += 2 if i & 1 else 3
            else:
                log[phase] += 5
        elif phase & 4:
            log[phase] -= 1 if phase & 8 else 2
        elif phase & 8:
            log[phase] += i % 3
        else:
            log[phase] += 1.5
    return log


print(shifting(16000))


def dispatch(items):
    ints = floats = strings = others = 0
    for item in items:
        if isinstance(item, int):
            ints += item
        elif isinstance(item, float):
            floats += item
        elif isinstance(item, str):
            strings += len(item)
        elif item is None:
            continue
        else:
            others += 1
    return ints, floats, strings, others


items = [1] * 2000 + [0.5] * 1000 + ["ab"] * 1000 + [None] * 500 + [[]] * 200 + [1, 0.5, "x", None, ()] * 300 + [2**65]
print(dispatch(items), dispatch(items[::-1]))


def while_with_exits(n):
    i = exits = 0
    while True:
        i += 1
        if i % 3 == 0:
            continue
        if i % 997 == 0:
            exits += 1
            if exits > 5:
                return i, exits, "exits"
        if i > n:
            break
        j = i
        while j % 2 == 0:
            j //= 2
            if j < 3:
                break
        else:
            exits += 0
    return i, exits, "end"


print(while_with_exits(5000), while_with_exits(8000))


def string_machine(text):
    state, out, depth = "start", [], 0
    for c in text:
        if state == "start":
            if c == "(":
                depth += 1
            elif c == ")":
                depth -= 1
            elif c == '"':
                state = "string"
                out.append("")
            elif c.isdigit():
                state = "number"
                out.append(int(c))
        elif state == "string":
            if c == "\\":
                state = "escape"
            elif c == '"':
                state = "start"
            else:
                out[-1] += c
        elif state == "escape":
            out[-1] += {"n": "\n", "t": "\t"}.get(c, c)
            state = "string"
        elif state == "number":
            if c.isdigit():
                out[-1] = out[-1] * 10 + int(c)
            else:
                state = "start"
                depth -= c == ")"
    return out, depth, state


text = '(12 "a\\"b" (345 "tab\\t" 6)) ' * 60
result, depth, state = string_machine(text)
print(len(result), depth, state, result[:4], sum(x for x in result if isinstance(x, int)))
