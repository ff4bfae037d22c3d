# Assignment expressions in conditions, loops and comprehensions.
if (n := len("hello")) > 3:
    print("long", n)
data = [1, 2, 3, 4, 0, 5]
position = 0
while (value := data[position]) != 0:
    position += 1
print(position, value)
print([half for x in range(8) if (half := x // 2) % 2 == 0], half)
print((a := 1, b := 2), a + b, (c := (d := 3) + 1), c, d)
print([y := f, y * 2] if (f := 5) else None, y)


def function(values):
    if any((found := v) < 0 for v in values):
        return found
    return None


print(function([1, -2, 3]), function([1, 2]))
total = 0
print([total := total + v for v in range(6)], total)


def clash():
    print((z := 10) + z, z)
    lambda: (z := 5)
    return z


print(clash(), (lambda: (k := 3) * k)())
text = "a=1;b=2;c"
pairs = {}
for piece in text.split(";"):
    if (at := piece.find("=")) >= 0:
        pairs[piece[:at]] = piece[at + 1 :]
print(pairs, at)
x = (y := 0) or (z := "fallback")
print(x, y, z, not (q := []), q)
