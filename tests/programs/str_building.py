# Strings built in loops in the usual ways.
s = ""
for i in range(200):
    s += str(i)
print(len(s), s[:30], s[-12:])
t = ""
for c in s:
    if c in "2468":
        t = c + t
    elif c == "1":
        t += "é"
print(len(t), t[:10], t[-10:], t.count("é"))
parts = []
for i in range(300):
    parts.append(chr(97 + i % 26))
word = "".join(parts)
print(len(word), word[:26], word.count("e"))
keep = u = "start"
for i in range(50):
    u += "-"
    if i == 25:
        keep = u
print(len(keep), len(u), keep == u[:len(keep)])
table = {}
for c in s:
    table[c] = table.get(c, 0) + 1
print(sorted(table.items()))
lines = "\n".join(f"{i:3}: {'#' * (i % 7)}" for i in range(10))
print(lines)
print("".join(reversed("stressed")), "".join(sorted("banana")), "-".join(map(str, range(5))))
