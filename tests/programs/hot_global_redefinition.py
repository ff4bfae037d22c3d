# Globals and builtins change while hot functions use them.
factor = 2


def scale(x):
    return x * factor


def run(n):
    total = 0
    for i in range(n):
        total += scale(i)
    return total


print(run(2000))
factor = 3
print(run(2000))
factor = 0.5
print(run(2000))
total = 0
for i in range(3000):
    total += scale(1)
    if i == 1000:
        factor = 10
    elif i == 2000:

        def scale(x):
            return -x
print(total)


def changes_itself(n):
    global factor
    total = 0
    for i in range(n):
        if i == n // 2:
            factor = 1000
        total += factor
    return total


factor = 1
print(changes_itself(3000), factor)


def uses_len(items):
    total = 0
    for i in range(2000):
        total += len(items)
    return total


print(uses_len([1, 2, 3]))
len = lambda items: 100
print(uses_len([1, 2, 3]))
del len
print(uses_len([1, 2, 3]))
import builtins

original = builtins.len
builtins.len = lambda items: 7
print(uses_len([1, 2, 3]))
builtins.len = original
print(uses_len([1, 2, 3]))


def missing(n):
    total = 0
    for i in range(n):
        total += later
    return total


try:
    missing(10)
except NameError as error:
    print(error)
later = 5
print(missing(2000))
del later
try:
    missing(2000)
except NameError as error:
    print(error)
for i in range(2000):
    exec("later = i") if i == 1500 else None
print(later)
