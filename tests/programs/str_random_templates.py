# Pseudo-random templates for str.format, format_map and %.
seed = 31337
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
def pick(x): return x[rnd(len(x))]
P = ["{", "}", "{}", "{0}", "{1}", "{a}", "{0.real}", "{a[0]}", "{a[k]}", "{!r}", "{!s}", "{!a}", "{!x}", "{0!r:>8}", "{:>{}}", "{:{}}", "{:{a}}", "{0:{1}}", "{{", "}}", "x", "\xe9", "\u1234", "[", "]", ".", ":", "!", "{ }", "{0", "0}", "{a.b.c}", "{0[}", "{:x}", "{:5}", "{:^9}", "{0.}", "{[1]}", "{.real}"]
class K(dict):
    def __missing__(self, k): return "<" + k + ">"
for i in range(900):
    t = "".join(pick(P) for _ in range(rnd(4) + 1))
    args = [pick([1, "s", 2.5, 255, [7, 8], "\u1234"]) for _ in range(rnd(4))]
    kw = {} if rnd(3) else {"a": pick([5, "q", [3], {"k": 1}])}
    try: r = t.format(*args, **kw)
    except Exception as e: r = type(e).__name__ + ": " + str(e)
    print(ascii(t), ascii(args), kw, ascii(r))
    if rnd(4) == 0:
        try: r = t.format_map(K(kw))
        except Exception as e: r = type(e).__name__ + ": " + str(e)
        print(" map", ascii(r))
    p = t.replace("{", "%(").replace("}", ")s")
    try: r = p % pick([kw, tuple(args), args, 5])
    except Exception as e: r = type(e).__name__ + ": " + str(e)
    print(" pct", ascii(p), ascii(r))
