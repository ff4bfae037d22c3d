# exit: 1
# Repeated frames are folded in the traceback.
def down(n):
    if n == 0:
        raise ValueError("the bottom")
    return down(n - 1) + 1


def even(n):
    return odd(n - 1) if n else nothing


def odd(n):
    return even(n - 1)


try:
    even(6)
except NameError as error:
    print(error)
down(12)
