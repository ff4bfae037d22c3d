# if, while and for, one at a time.
n = 7
if n > 10:
    print("large")
elif n > 5:
    print("medium")
else:
    print("small")
i = 0
while i < 3:
    print("while", i)
    i += 1
for i in range(3):
    print("for", i)
for c in "abc":
    print(c, end="")
print()
for i in range(10):
    if i == 2:
        continue
    if i == 5:
        break
    print(i)
else:
    print("not printed")
for x in [1, 2]:
    for y in (3, 4):
        print(x, y, x * y)
total = 0
for i in range(100):
    if i % 2 == 0 and i % 3 == 0:
        total += i
print(total)
