# input() until the end of the file.
name = input("name? ")
print(f"[{name}]")
numbers = [int(x) for x in input().split()]
print(numbers, sum(numbers))
empty = input()
print(repr(empty))
rest = []
try:
    while True:
        rest.append(input())
except EOFError as error:
    print(type(error).__name__, error)
print(rest, len(rest[-1]))
