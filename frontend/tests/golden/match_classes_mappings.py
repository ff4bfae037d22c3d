def f(x):
    match x:
        case Point(): return 1
        case Point(0, y=1): return 2
        case Point(a, _, c=d): return a, d
        case {}: return 3
        case {"a": 1, b.c: y, **rest}: return rest, y
        case {-1: _}: return 4
        case (str() as s) | bytes(s): return s
