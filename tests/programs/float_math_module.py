# A few functions of math, enough for numeric programs.
import math

print(math.pi, math.e, math.tau, math.inf, math.nan)
print(math.sqrt(2), math.sin(0.5), math.cos(0.5), math.tan(0.5), math.exp(1), math.log(10), math.log(8, 2))
print(math.floor(-2.5), math.ceil(-2.5), math.fabs(-3), math.fmod(-7, 3), math.hypot(3, 4), math.atan2(1, -1))
print(math.gcd(48, 36), math.gcd(10**20, 10**15), math.lcm(4, 6), math.factorial(25), math.isqrt(10**20 + 1))
print(math.isnan(math.nan), math.isinf(-math.inf), math.isfinite(1.0), math.copysign(3, -0.0))
print(math.log2(1024), math.log10(1000), math.pow(2, 10), math.comb(10, 3), math.perm(5, 2), math.prod([1, 2, 3, 4]))
for call in ("math.sqrt(-1)", "math.log(0)", "math.factorial(-1)", "math.exp(1000)"):
    try:
        print(eval(call))
    except (ValueError, OverflowError) as error:
        print(call, type(error).__name__, error)
print(math.fsum([0.1] * 10), math.modf(2.75), math.frexp(10.0), math.ldexp(0.5, 5), math.dist((0, 0), (3, 4)))
