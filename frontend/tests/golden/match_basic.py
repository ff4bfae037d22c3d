match x:
    case 1: a()
    case "s" | b"b" | None | True: b()
    case -1 | 1 + 2j | -1 - 2j: c()
    case a.b.c: d()
    case y if y > 1: e()
    case _: f()
match x, y:
    case a, b: pass
match x:
    case z: pass
