# Pseudo-random operations on strings of all widths.
seed = 987
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
ALPH = ["ab", "abA \t", "a\xe9\xdf\xb5", "a\u0100\u03a3\u03c3", "a\U0001f600\u1234", "\n\r\x0b\x1c\x85\u2028 x", "0\u0661\xb2\u2167", "\ud800\udc00a", "\u01c5\u01c4\ufb01\u0130i\u0131", "'\"\\a\x00\x7f\xad\u200b"]
def s(maxlen=12):
    al = ALPH[rnd(len(ALPH))]
    if rnd(4) == 0: al = al + ALPH[rnd(len(ALPH))]
    r = ""
    for _ in range(rnd(maxlen)): r += al[rnd(len(al))]
    return r
def show(x):
    return repr(x).encode("unicode_escape") if 0 else repr(x).encode("utf-8","backslashreplace").decode("latin-1").encode("ascii","backslashreplace").decode()
def run(name, f, *args):
    try: r = show(f(*args))
    except Exception as e: r = type(e).__name__ + ": " + show(str(e))
    print(name, show(args), r)
M0 = ["upper","lower","title","capitalize","swapcase","casefold","isalpha","isdigit","isdecimal","isnumeric","isalnum","isspace","isupper","islower","istitle","isprintable","isidentifier","isascii","split","rsplit","strip","lstrip","rstrip","splitlines","expandtabs"]
M1 = ["find","rfind","count","index","rindex","startswith","endswith","partition","rpartition","split","rsplit","strip","lstrip","rstrip","removeprefix","removesuffix"]
for i in range(1500):
    a = s(); b = s(4); c = s(4)
    if rnd(2) and a:
        j = rnd(len(a)); k = j + rnd(3); b = a[j:k]
    k = rnd(16)
    if k == 0: m = M0[rnd(len(M0))]; run(m, getattr(a, m))
    elif k == 1: m = M1[rnd(len(M1))]; run(m, getattr(a, m), b)
    elif k == 2: m = ["find","rfind","count","index","startswith","endswith"][rnd(6)]; run(m, getattr(a, m), b, rnd(20)-10, rnd(20)-10)
    elif k == 3: run("replace", a.replace, b, c)
    elif k == 4: run("replace", a.replace, b, c, rnd(4))
    elif k == 5: m = ["split","rsplit"][rnd(2)]; run(m, getattr(a, m), b or None, rnd(4)-1)
    elif k == 6: run("+", lambda x, y: x + y, a, b)
    elif k == 7: run("*", lambda x, y: x * y, a, rnd(4))
    elif k == 8: run("[]", lambda x, y: x[y], a, rnd(20)-10)
    elif k == 9:
        st = rnd(7)-3 or 1
        run("[::]", lambda x, y, z, w: x[y:z:w], a, rnd(20)-10, rnd(20)-10, st)
    elif k == 10: run("cmp", lambda x, y: (x < y, x <= y, x == y, x > y, x in y, y in x), a, b)
    elif k == 11: run("join", b.join, [s(4) for _ in range(rnd(4))])
    elif k == 12: m = ["center","ljust","rjust"][rnd(3)]; run(m, getattr(a, m), rnd(20), (c or " ")[0])
    elif k == 13: run("zfill", a.zfill, rnd(15)); run("repr", repr, a)
    elif k == 14:
        enc = ["utf-8","ascii","latin-1","utf-16","utf-16-le","utf-32-be"][rnd(6)]
        err = ["strict","ignore","replace","backslashreplace","surrogateescape","surrogatepass","xmlcharrefreplace","namereplace"][rnd(8)]
        run("encode", a.encode, enc, err)
        try: e = a.encode(enc, "replace")
        except Exception: e = b""
        e = bytearray(e)
        for _ in range(rnd(3)):
            if e: e[rnd(len(e))] = rnd(256)
        if e and rnd(3) == 0: del e[rnd(len(e))]
        run("decode", bytes(e).decode, enc, ["strict","ignore","replace","backslashreplace","surrogateescape","surrogatepass"][rnd(6)])
    else: run("fmt", lambda x, y: ("%5s|%-5s|%.2s|%r|%a" % (x, y, x, y, x), "{:>5}|{:^7}|{!r}|{!a:.4}".format(x, y, x, y), f"{x:*^9}{y!r}"), a, b)
