# The smallest programs.
print("Hello, world!")
print()
print(1, "two", 3.0, None, True)
x = 6
y = 7
print(x * y)
print("done")
