# Template strings: what they evaluate to, and building them by hand.
_t = t"{0}"; Template = type(_t); Interpolation = type(_t.interpolations[0])
def show(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(type(e).__name__, e)
x = 5
t = t"a{x}b{x!r:>5}c{x=}"
print(t, type(t), t.strings, t.interpolations, t.values)
print(list(t), list(t""), list(t"{x}"))
print(t"", t"abc".strings, t"{x}{x}".strings)
i = t.interpolations[1]
print(i.value, i.expression, i.conversion, i.format_spec, repr(i))
show(lambda: t + t"z{x}")
show(lambda: t + "z")
show(lambda: t + 5)
show(lambda: Template("a", Interpolation(5, "x"), "b", "c", Interpolation(1), Interpolation(2)))
show(lambda: Template())
show(lambda: Template(5))
show(lambda: Template(a=1))
show(lambda: Interpolation())
show(lambda: Interpolation(1, 2))
show(lambda: Interpolation(1, "x", "z"))
show(lambda: Interpolation(1, "x", "r", 5))
show(lambda: Interpolation(1, conversion="s"))
show(lambda: Interpolation(value=1, expression="e", conversion=None, format_spec="f"))
show(lambda: t == t"a{x}b{x!r:>5}c{x=}")
show(lambda: setattr(t, "strings", 1))
show(lambda: setattr(i, "value", 1))
print(Template.__match_args__ if hasattr(Template, "__match_args__") else None, Interpolation.__match_args__)
print(Template.__module__, Template.__qualname__, Template, Interpolation)
match i:
    case Interpolation(v, e, c, f): print(v, e, c, f)
print(Template.__doc__, Interpolation.__doc__, Interpolation.__text_signature__ if hasattr(Interpolation, "__text_signature__") else "")
print([n for n in dir(Template) if n not in dir(object)], [n for n in dir(Interpolation) if n not in dir(object)])
print(f"{Interpolation[int]}", Template[int] if hasattr(Template, "__class_getitem__") else None)
w = 8
print(t"{x:{w}.2f}".interpolations[0].format_spec, t"{x!a}".interpolations[0].conversion, t"{ x }".interpolations[0].expression)
