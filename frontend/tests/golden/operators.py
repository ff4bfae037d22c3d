a + b - c * d / e // f % g ** h @ i
a << b >> c & d | e ^ f
-a, +a, ~a, not a
a[b], a[b, c], a[b:c], a[b:c:d], a[:], a[...], a[*b]
a[1:2], a[::2], a[b:], a[:c]
