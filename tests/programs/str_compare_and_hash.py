# Ordering, equality and use as dictionary keys.
words = ["banana", "Apple", "cherry", "apple", "", "Banana", "app", "äpfel", "zebra"]
print(sorted(words), sorted(words, key=str.lower), sorted(words, key=len), max(words), min(words))
print("a" < "b", "a" < "B", "abc" < "abd", "ab" < "abc", "" < "a", "a" == "a", "a" != "A", "Z" < "a")
made = "".join(["app", "le"])
print(made == "apple", hash(made) == hash("apple"), {made: 1}["apple"], made in {"apple"}, made is not None)
index = {}
for position, word in enumerate(words):
    index.setdefault(word.lower(), []).append(position)
print(index)
print("a" == 1, "1" == 1, "a" != None, [w for w in words if w > "b"])
for a, b in (("a", 1), ("a", None), ("a", b"a")):
    try:
        print(a < b)
    except TypeError as error:
        print(error)
