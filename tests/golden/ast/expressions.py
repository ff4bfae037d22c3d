a and b or not c
(n := 1) if a < b <= c != d is not e not in f else lambda x, *y: x
a + b - c * d @ e / f % g ** h << i >> j | k ^ l & m // n
~a, -b, +c
{1: 2, **d}, {1, *s}, [x for x in y if z if w], {x for x in y}
{k: v async for k, v in x for _ in k}, (x for x in y)
f(a, *b, c=d, **e)(x for x in y)
a.b[c][1:2:3, ::, ...]
1, 1.5, 2j, 10**100, "text", u"prefix", b"bytes", None, True, Ellipsis, ...
"a" "b" f"{x!r:>{w}}{y=}" u"c"
"%s and %r" % (a, b)
t"{name} {value:8}"
__debug__
