"""Names that exist only while they are looked up: nothing may be remembered of one for another."""


def name(*parts):
    return "".join(parts)


Made = type("Made", (), {name("present", str(i)): i for i in range(40)})
one = Made()
wrong = []
for turn in range(30):
    for i in range(40):
        for owner in Made, one:
            if getattr(owner, name("absent", str(i)), ...) is not ...:
                wrong.append(("absent", turn, i))
            if getattr(owner, name("present", str(i)), ...) != i:
                wrong.append(("present", turn, i))
print(wrong[:5], len(wrong))

import ast

for i in range(3):
    for source in "def f(*, x): pass", "def f(x): pass":
        print(ast.dump(ast.parse(source).body[0].args))
