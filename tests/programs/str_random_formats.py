# Pseudo-random format specifications.
seed = 77
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
def pick(x): return x[rnd(len(x))]
VALS = [0, 1, -1, 5, 255, -255, 12345678, 10**20, -10**25, True, 1.5, -0.0, 0.0, 1e300, 1e-7, 123456.789, float("inf"), float("-inf"), float("nan"), "abc", "", "h\xe9llo", "\u1234\u5678", 1+2j, -1.5e10-0j, None, [1], b"ab", 'x'*20]
for i in range(1500):
    v = pick(VALS)
    if rnd(2):
        spec = pick(["", "", "<", ">", "^", "=", "*<", "x>", "0^", "\u1234=", " >"]) + pick(["", "", "", "+", "-", " "]) + pick(["", "", "", "z"]) + pick(["", "", "#"]) + pick(["", "", "0"]) + pick(["", "", "1", "5", "12", "20"]) + pick(["", "", "", ",", "_"]) + pick(["", "", ".0", ".1", ".5", ".12", ".", ".3_"]) + pick(["", "", "d", "x", "X", "o", "b", "c", "e", "E", "f", "F", "g", "G", "n", "%", "s", "r"])
        try: r = format(v, spec)
        except Exception as e: r = type(e).__name__ + ": " + str(e)
        print("format", repr(v), repr(spec), repr(r))
    else:
        spec = "%" + pick(["", "", "-", "+", " ", "#", "0", "-0", "+#0"]) + pick(["", "", "1", "5", "12"]) + pick(["", "", ".0", ".1", ".5", ".12", "."]) + pick(["", "", "", "l"]) + pick("diuoxXeEfFgGcrsab%")
        try: r = spec % (v,)
        except Exception as e: r = type(e).__name__ + ": " + str(e)
        print("percent", repr(v), repr(spec), repr(r))
        try: r = spec.encode() % (v,)
        except Exception as e: r = type(e).__name__ + ": " + str(e)
        print("bpercent", repr(v), repr(spec), repr(r))
