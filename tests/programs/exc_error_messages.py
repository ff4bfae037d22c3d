# Messages that people search for.
class C:
    attribute = 1

    def method(self, x):
        return x


c = C()
attempts = [
    lambda: c.atribute,
    lambda: C.metod,
    lambda: c.method(),
    lambda: c.method(1, 2),
    lambda: c.method(y=1),
    lambda: c.x.y,
    lambda: "abc".foo,
    lambda: [].push(1),
    lambda: c(),
    lambda: "a" - "b",
    lambda: 1 + "a",
    lambda: "a" + 1,
    lambda: [1] + (2,),
    lambda: {} + {},
    lambda: -"a",
    lambda: ~1.5,
    lambda: 1 << 1.5,
    lambda: list("abc")["1"],
    lambda: (1, 2)[5],
    lambda: "abc"[10],
    lambda: {"a": 1}["b"],
    lambda: len(5),
    lambda: iter(5),
    lambda: next(5),
    lambda: int([]),
    lambda: int("0x"),
    lambda: float("abc"),
    lambda: chr("a"),
    lambda: ord("ab"),
    lambda: abs("a"),
    lambda: round("a"),
    lambda: sum("ab"),
    lambda: "x".join(5),
    lambda: 5 in 5,
    lambda: "a" in 5,
    lambda: 5 in "a",
    lambda: isinstance(1, 1),
    lambda: issubclass(1, int),
    lambda: getattr(c, 5),
    lambda: setattr(5, "a", 1),
    lambda: hash([]),
    lambda: range("a"),
    lambda: reversed(5),
    lambda: sorted([1, "a"]),
    lambda: min(),
    lambda: print(end=5),
    lambda: open,
    lambda: undefined_variable,
    lambda: [] < 5,
    lambda: None > None,
    lambda: "a" * "b",
    lambda: [1].index(9),
    lambda: (yield_ := 1) @ 2,
    lambda: object().x,
    lambda: type.nothing,
    lambda: bytes("a"),
    lambda: "{} {}".format(1),
    lambda: "%d" % "a",
    lambda: str(1, 2, 3, 4),
    lambda: dict([[1]]),
    lambda: {**5},
    lambda: [*5],
    lambda: print(*5),
]
for number, attempt in enumerate(attempts):
    try:
        attempt()
    except Exception as error:
        print(number, type(error).__name__ + ":", error)
