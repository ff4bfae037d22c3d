# A function that calls itself is recorded up to the instruction at which it was entered, which is replaced there and then. The
# loop behind the call was compiled before.
def walk(depth, width):
    total = depth + width * 2
    if depth:
        total += walk(depth - 1, width + 1)
    for i in range(width):
        total += i
    return total

print([walk(0, 6) for _ in range(2)])
for depth in range(5, -1, -1):
    print(depth, walk(depth, 4), walk(depth, depth))
