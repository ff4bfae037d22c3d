# Huffman coding of a text and back.
class Leaf:
    def __init__(self, symbol, weight):
        self.symbol, self.weight = symbol, weight

    def codes(self, prefix, table):
        table[self.symbol] = prefix or "0"


class Node:
    def __init__(self, left, right):
        self.left, self.right = left, right
        self.weight = left.weight + right.weight

    def codes(self, prefix, table):
        self.left.codes(prefix + "0", table)
        self.right.codes(prefix + "1", table)


def frequencies(text):
    counts = {}
    for c in text:
        counts[c] = counts.get(c, 0) + 1
    return counts


def build(text):
    nodes = [Leaf(c, n) for c, n in sorted(frequencies(text).items())]
    while len(nodes) > 1:
        nodes.sort(key=lambda node: node.weight)
        first, second, *nodes = nodes
        nodes.append(Node(first, second))
    return nodes[0]


def decode(bits, tree):
    out, node = [], tree
    for bit in bits:
        if isinstance(node, Node):
            node = node.left if bit == "0" else node.right
        if isinstance(node, Leaf):
            out.append(node.symbol)
            node = tree
    return "".join(out)


for text in ("abracadabra", "aaaa", "the quick brown fox jumps over the lazy dog " * 20, "ünïcödé 日本 " * 5):
    tree = build(text)
    table = {}
    tree.codes("", table)
    bits = "".join(table[c] for c in text)
    packed = int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")
    unpacked = bin(int.from_bytes(packed, "big"))[3:]
    print(len(text), len(bits), len(packed), decode(unpacked, tree) == text, sorted(table.items(), key=lambda item: (len(item[1]), item))[:4])
