# exit: 1
# An uncaught exception ends the program with a traceback and exit code 1.
def divide(a, b):
    return a / b


print("before")
print(divide(6, 3))
divide(1, 0)
print("never")
