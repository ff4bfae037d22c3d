# A loop made of branches.
def fizzbuzz(n):
    counts = [0, 0, 0, 0]
    tail = []
    for i in range(1, n + 1):
        if i % 15 == 0:
            word = "FizzBuzz"
            counts[3] += 1
        elif i % 5 == 0:
            word = "Buzz"
            counts[2] += 1
        elif i % 3 == 0:
            word = "Fizz"
            counts[1] += 1
        else:
            word = i
            counts[0] += 1
        if i > n - 5:
            tail.append(word)
    return counts, tail


for n in (15, 100, 1000, 10000):
    print(n, fizzbuzz(n))
for i in range(1, 21):
    print("Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0) or i, end=" ")
print()
