def f(x):
    match x:
        case []: return 0
        case [a]: return a
        case (a, b, *_): return a, b
        case [*_, z]: return z
        case [a, *rest, b]: return rest
        case [_, _]: return 2
        case [(1 | 2) as n, [x, y] | [y, x, _]]: return n, x, y
        case [*_]: pass
