# Lists that are changed by the loops that walk them.
def bubble_sort(a):
    a = list(a)
    swaps = 0
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
                swaps += 1
    return a, swaps


data = [(i * 7919) % 101 for i in range(100)]
ordered, swaps = bubble_sort(data)
print(ordered == sorted(data), swaps, bubble_sort("hello")[0], bubble_sort([1.5, 1, True, -2**70])[0])


def quick_sort(a):
    if len(a) <= 1:
        return a
    pivot, *rest = a
    return quick_sort([x for x in rest if x < pivot]) + [pivot] + quick_sort([x for x in rest if x >= pivot])


print(quick_sort(data) == ordered, quick_sort(list("quick sort")))


def queue(n):
    q, out = [], 0
    for i in range(n):
        q.append(i)
        if i % 3 == 0:
            out += q.pop(0)
        if i % 5 == 0 and q:
            out -= q.pop()
    return out, len(q), q[:5]


print(queue(3000))


def rotate(a, n):
    for _ in range(n):
        a.insert(0, a.pop())
    return a


print(rotate(list(range(7)), 1000))


def slices(n):
    a = list(range(20))
    for i in range(n):
        a[i % 20 : i % 20 + 2] = [i, i + 1] if i % 2 else [i]
        if len(a) < 10:
            a += [0] * 10
        if len(a) > 30:
            del a[::3]
    return len(a), sum(a)


print(slices(2000))
matrix = [[i * j for j in range(20)] for i in range(20)]
for k in range(5):
    for i in range(20):
        for j in range(20):
            matrix[i][j] = (matrix[i][j] + matrix[j][i] * (k + 1)) % 1000
print(sum(map(sum, matrix)), matrix[3][:5], matrix[-1][-1])
elements = [0] * 50
for i in range(3000):
    elements[i % 50] += i if i < 2500 else 0.5
print(sum(elements), elements[0], elements[-1])
stack = []
for i in range(3000):
    if i % 4 == 3:
        stack.append(stack.pop() + stack.pop())
    else:
        stack.append(i)
print(len(stack), stack[-1], sum(stack))
