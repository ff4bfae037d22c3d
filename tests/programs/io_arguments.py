# Command line arguments.
import sys

print(sys.argv[0].rpartition("/")[2], sys.argv[1:], len(sys.argv))
total = 0
for argument in sys.argv[1:]:
    try:
        total += int(argument)
    except ValueError:
        print("not a number:", repr(argument))
print(total, __name__, type(sys.argv).__name__)
