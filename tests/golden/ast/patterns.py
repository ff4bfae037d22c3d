match subject, 1:
    case 1 | -2.5 | 1 + 2j | "text" | None:
        pass
    case [a, *_, b] if a > b:
        pass
    case {"key": value, 1: _, **rest}:
        pass
    case Point(x, y=0) as point:
        pass
    case module.CONSTANT | (Other() as other):
        pass
    case _:
        pass
