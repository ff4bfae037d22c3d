# Structural pattern matching.
class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Color:
    RED = "r"
    GREEN = "g"


def describe(value):
    match value:
        case None:
            return "none"
        case True | False as flag:
            return f"bool {flag}"
        case 0 | -1 | 2.5 | 1 + 2j:
            return "literal number"
        case "yes" | "y":
            return "literal string"
        case Color.RED:
            return "red"
        case int(n) if n > 100:
            return f"big int {n}"
        case int() | float():
            return "number"
        case []:
            return "empty sequence"
        case [x]:
            return f"one {x!r}"
        case [1, *rest, 9]:
            return f"one to nine {rest}"
        case (first, second):
            return f"pair {first} {second}"
        case [Point(x=0, y=0), *_]:
            return "starts at the origin"
        case [_, _, *rest]:
            return f"long, rest {rest}"
        case Point(0, y):
            return f"on the y axis at {y}"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point(x=px):
            return f"point with x {px}"
        case {"type": "circle", "r": r}:
            return f"circle {r}"
        case {"type": kind, **rest}:
            return f"{kind} with {rest}"
        case {}:
            return "mapping"
        case str(text):
            return f"text {text}"
        case _:
            return f"other {type(value).__name__}"


values = [None, True, 0, -1, 2.5, 1 + 2j, "yes", "r", "zzz", 500, 7, 1.5, [], [5], ["a"], [1, 2, 3, 9], (4, 5), [1, 9], "ab",
          [Point(0, 0), 1, 2], [1, 2, 3], Point(0, 4), Point(3, 3), Point(3, 4), {"type": "circle", "r": 2},
          {"type": "square", "side": 1}, {}, {"x": 1}, b"ab", {1, 2}, range(3), range(0)]
for value in values:
    print(describe(value))


def command(text):
    match text.split():
        case ["go", ("north" | "south") as direction]:
            return "moving " + direction
        case ["go", *_]:
            return "cannot go there"
        case ["take", item, *more]:
            return f"taking {item} and {len(more)} more"
        case []:
            return "nothing"
    return "unknown"


for text in ("go north", "go up", "take lamp", "take lamp and key", "", "dance"):
    print(command(text))
match [1, [2, {"k": (3, 4)}]]:
    case [a, [b, {"k": (c, d)}]]:
        print(a, b, c, d)
try:
    match 5:
        case str(x) | int(x, 1):
            pass
except TypeError as error:
    print(error)
