# Reading sys.stdin by lines and as a whole.
import sys

first = sys.stdin.readline()
print(repr(first))
count = words = 0
for line in sys.stdin:
    count += 1
    words += len(line.split())
    if count == 3:
        break
print(count, words)
remaining = sys.stdin.read()
print(repr(remaining), repr(sys.stdin.read()), repr(sys.stdin.readline()))
