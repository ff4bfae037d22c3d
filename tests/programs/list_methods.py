# Methods of lists.
a = [3, 1, 2]
a.append(5)
a.extend("ab")
a.extend(x for x in (7, 8))
a.insert(0, "first")
a.insert(-1, "before last")
a.insert(100, "end")
print(a, a.index(1), a.count(3), a.index("a", 3))
print(a.pop(), a.pop(0), a.pop(-2), a)
a.remove("a")
a.remove("b")
a.reverse()
print(a)
a.sort()
print(a)
a.sort(reverse=True)
print(a, a.copy() == a, a.copy() is a)
words = ["delta", "Alpha", "charlie", "bravo"]
words.sort(key=str.lower)
print(words, sorted(words), sorted(words, key=len), sorted(words, key=lambda w: w[-1], reverse=True))
pairs = [(1, "b"), (0, "z"), (1, "a"), (0, "a")]
print(sorted(pairs), sorted(pairs, key=lambda p: p[0]), sorted(pairs, key=lambda p: p[0], reverse=True))
attempts = [
    lambda: [].pop(),
    lambda: [1].pop(5),
    lambda: [1].remove(2),
    lambda: [1].index(2),
    lambda: [1, "a"].sort(),
    lambda: [1].sort(len),
    lambda: [].insert(1),
    lambda: [].append(1, 2),
]
for attempt in attempts:
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__ + ":", error)
a.clear()
print(a, list(), list("xyz"), list(range(3)), list({"k": 1}))
