# Pseudo-random operations on bytes and bytearrays.
seed = 4242
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
ALPH = [b"ab", b"abA \t", b"a\xe9\xff", b"\n\r\x0b\x1c\x85 x", b"019-+", b"'\"\\a\x00\x7f"]
def s(maxlen=12):
    al = ALPH[rnd(len(ALPH))]
    if rnd(4) == 0: al = al + ALPH[rnd(len(ALPH))]
    r = []
    for _ in range(rnd(maxlen)): r.append(al[rnd(len(al))])
    r = bytes(r)
    return bytearray(r) if rnd(3) == 0 else r
def run(name, f, *args):
    try: r = repr(f(*args))
    except Exception as e: r = type(e).__name__ + ": " + repr(str(e))
    print(name, args, r)
M0 = ["upper","lower","title","capitalize","swapcase","isalpha","isdigit","isalnum","isspace","isupper","islower","istitle","isascii","split","rsplit","strip","lstrip","rstrip","splitlines","expandtabs","hex","decode"]
M1 = ["find","rfind","count","index","rindex","startswith","endswith","partition","rpartition","split","rsplit","strip","lstrip","rstrip","removeprefix","removesuffix"]
for i in range(1200):
    a = s(); b = s(4); c = s(4)
    if rnd(2) and a:
        j = rnd(len(a)); k = j + rnd(3); b = a[j:k]
    k = rnd(17)
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
    elif k == 12: m = ["center","ljust","rjust"][rnd(3)]; run(m, getattr(a, m), rnd(20), bytes((c or b" ")[:1]))
    elif k == 13: run("zfill", a.zfill, rnd(15)); run("repr", repr, a); run("sep", a.hex, "-", rnd(7)-3)
    elif k == 14:
        x = bytearray(a)
        def op(x, y, z, w, st, v):
            x[y:z:st] = v
            return x
        run("set", op, x, rnd(12)-6, rnd(12)-6, 0, rnd(5)-2 or 1, c)
        def op2(x, y, z, st):
            del x[y:z:st]
            return x
        run("del", op2, x, rnd(12)-6, rnd(12)-6, rnd(5)-2 or 1)
    elif k == 15:
        t = bytes.maketrans(bytes(a), bytes(a)[::-1])
        run("tr", b.translate, t, bytes(c)) if rnd(2) else run("tr", a.translate, None, bytes(b))
    else: run("fmt", lambda x, y: (b"%5s|%-5s|%.2s|%r|%a" % (x, y, x, y, x), bytearray(b"%d %x|%05d") % (len(x), len(y), len(x))), a, b)
