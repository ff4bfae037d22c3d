# Warnings that the compiler prints on stderr before the program starts.
x = 5
print("the program runs", x is 5, [1, 2, 3] is not None)


def function():
    assert (x, "always true")
    return "\d" + "abc"


print(function())
if False:
    x()
    "text"()
    [1, 2]["a"]
