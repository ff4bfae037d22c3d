# Insertion order survives deletion, reinsertion, growth and copying.
d = {}
for i in range(100):
    d[i * 7 % 101] = i
print(list(d)[:10], list(d.values())[-5:])
for i in range(0, 100, 3):
    del d[i * 7 % 101]
print(len(d), list(d)[:10])
d[0] = "again"
d[7] = "changed in place"
print(list(d.items())[-2:], list(d.items())[0])
copy = dict(d)
print(list(copy) == list(d), copy == d, list(reversed(d))[:3], list(reversed(d.items()))[0])
words = {}
for word in "the cat and the dog and the bird".split():
    words[word] = words.get(word, 0) + 1
print(words, sorted(words.items(), key=lambda item: (-item[1], item[0])), max(words, key=words.get))
mixed = {}
for key in (1, "1", 1.5, (1,), None, True, b"1", frozenset([1])):
    mixed[key] = len(mixed)
print(mixed, mixed[1.0], mixed["1"], mixed[frozenset({1})])
first = {"b": 1, "a": 2}
second = {"a": 2, "b": 1}
print(first == second, list(first) == list(second), first | second, second | first)
big = {str(i): i for i in range(2000)}
for i in range(1990):
    big.pop(str(i))
print(list(big.items()), big.get("5"))
big["5"] = "back"
print(list(big)[-1], len(big))
