# exit: 1
# A program with a syntax error runs nothing.
print("never printed")


def function(x):
    return x +

print("nor this")
