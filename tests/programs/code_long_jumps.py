# Bodies so long that jumps need extended arguments, and deep nesting.
def build(n):
    lines = ["def long(flag, count):", "    x = 0", "    for i in range(count):", "        if flag:"]
    lines += [f"            x = x + {i % 7} - i" for i in range(n)]
    lines += ["        else:"]
    lines += [f"            x = x * 2 % {1000 + i}" for i in range(n)]
    lines += ["        if x == -1: break", "    else:", "        return 'else', x", "    return 'end', x"]
    space = {}
    exec("\n".join(lines), space)
    return space["long"]


for n in (5, 50, 400):
    f = build(n)
    print(n, f(True, 10), f(False, 10), f(True, 0))
lines = ["def chain(x):"]
for i in range(300):
    lines += [f"    {'if' if i == 0 else 'elif'} x == {i}:", f"        return {i * i}"]
lines += ["    return -1"]
space = {}
exec("\n".join(lines), space)
print([space["chain"](i) for i in (0, 1, 150, 299, 300)], sum(map(space["chain"], range(300))))
depth = 15
lines = ["def nested(n):", "    count = 0"]
for i in range(depth):
    lines.append("    " * (i + 1) + f"for x{i} in range(n if {i} < 10 else 1):")
lines.append("    " * (depth + 1) + "count += " + " + ".join(f"x{i}" for i in range(depth)))
lines.append("    return count")
exec("\n".join(lines), space)
print(space["nested"](2), space["nested"](1))
lines = ["def tries(x):", "    log = []"]
for i in range(12):
    lines.append("    " * (i + 1) + "try:")
lines.append("    " * 13 + "log.append(10 // x)")
for i in reversed(range(12)):
    lines.append("    " * (i + 1) + ("except ZeroDivisionError: log.append('zero')" if i == 5 else "finally:"))
    if i != 5:
        lines.append("    " * (i + 2) + f"log.append({i})")
lines.append("    return log")
exec("\n".join(lines), space)
print(space["tries"](2), space["tries"](0))
print(eval("(" * 80 + "1" + ")" * 80), eval("1" + "+1" * 800), eval("-" * 60 + "1"), eval("not " * 51 + "1"), eval("[" * 40 + "]" * 40))
print(eval(" if 0 else ".join(str(i) for i in range(100))), eval(" and ".join(["1"] * 500)), eval(" < ".join(map(str, range(200)))))
