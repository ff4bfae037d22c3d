# Strings in hot loops: concatenation, slicing, comparing, formatting.
def build(n):
    s = ""
    for i in range(n):
        s += chr(97 + i % 26)
    return s


s = build(3000)
print(len(s), s[:30], s[-5:], s.count("z"))


def caesar(text, k):
    out = []
    for c in text:
        if "a" <= c <= "z":
            c = chr((ord(c) - 97 + k) % 26 + 97)
        elif "A" <= c <= "Z":
            c = chr((ord(c) - 65 + k) % 26 + 65)
        out.append(c)
    return "".join(out)


message = "The Quick Brown Fox, 123! " * 20
print(caesar(message, 3)[:30], caesar(caesar(message, 3), -3) == message)


def words(text):
    current, found = "", []
    for c in text:
        if c.isalpha():
            current += c.lower()
        elif current:
            found.append(current)
            current = ""
    return found


w = words(message)
print(len(w), w[:4])


def palindromes(n):
    return [i for i in range(n) if str(i) == str(i)[::-1]]


print(len(palindromes(3000)), palindromes(3000)[-3:])
growing = ""
kinds = []
for i in range(600):
    growing += "a" if i < 200 else "é" if i < 400 else "日" if i < 500 else "😀"
    if i % 100 == 99:
        kinds.append((len(growing), growing[-1], growing[0]))
print(kinds)
total = 0
for i in range(2000):
    text = f"{i:05d}-{i % 7}"
    total += len(text) + int(text[:5]) + (text.endswith("3"))
print(total)
reverse = ""
for c in s[:500]:
    reverse = c + reverse
print(reverse == s[:500][::-1])
table = str.maketrans("aeiou", "AEIOU")
acc = 0
for i in range(500):
    acc += len(message[i % 26 :].translate(table).split("O"))
print(acc)
