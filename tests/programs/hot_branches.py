# Loops with many branches whose bias changes over time.
def walk(n):
    state = 12345
    counts = [0] * 8
    x = y = 0
    for i in range(n):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        r = state >> 16 & 7
        counts[r] += 1
        if r == 0:
            x += 1
        elif r == 1:
            x -= 1
        elif r == 2:
            y += 1
        elif r == 3:
            y -= 1
        elif r == 4:
            if x > y:
                x, y = y, x
            else:
                x += 2
        elif r == 5 and y > 0:
            y //= 2
        elif r == 6 or x < -50:
            x = -x
        else:
            if x % 2 == 0:
                y += 3
            elif y % 3 == 0:
                x -= 1
            else:
                continue
    return x, y, counts


print(walk(20000))


def phases(n):
    a = b = c = 0
    for i in range(n):
        if i < n // 3:
            a += i
        elif i < 2 * n // 3:
            b += a % 7
        else:
            c ^= b + i
    return a, b, c


print(phases(9000), phases(9))


def machine(program, limit):
    stack, pc, steps, variables = [], 0, 0, {}
    while pc < len(program) and steps < limit:
        op, argument = program[pc]
        pc += 1
        steps += 1
        if op == "push":
            stack.append(argument)
        elif op == "load":
            stack.append(variables[argument])
        elif op == "store":
            variables[argument] = stack.pop()
        elif op == "add":
            stack.append(stack.pop() + stack.pop())
        elif op == "less":
            right = stack.pop()
            stack.append(stack.pop() < right)
        elif op == "jump":
            pc = argument
        elif op == "jump_if":
            if stack.pop():
                pc = argument
    return variables, steps


program = [("push", 0), ("store", "i"), ("push", 0), ("store", "s"),
           ("load", "s"), ("load", "i"), ("add", None), ("store", "s"),
           ("load", "i"), ("push", 1), ("add", None), ("store", "i"),
           ("load", "i"), ("push", 500), ("less", None), ("jump_if", 4)]
print(machine(program, 10**5))
alternating = 0
for i in range(6000):
    if i & 1:
        alternating += 1
    elif i & 2:
        alternating += 10
    elif i & 4:
        alternating += 100
    elif i & 8:
        alternating -= 5
    else:
        alternating -= 50
print(alternating)
