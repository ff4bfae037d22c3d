# exit: 1
# The line numbers and carets of an exception that leaves a hot loop.
def step(values, i):
    return values[i] * 2 + (1 / (1500 - i))


def loop(values):
    total = 0.0
    for i in range(len(values)):
        total += step(values, i)
    return total


print(round(loop(list(range(1000))), 6))
print(loop(list(range(2000))))
