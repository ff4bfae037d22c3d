"""Functions of complex numbers, with zeros, infinities and NaN."""
import cmath
import math

inf, nan = math.inf, math.nan
VALUES = [complex(a, b) for a in (0.0, -0.0, 1.0, -2.5, 710.0, inf, -inf, nan) for b in (0.0, -0.0, 0.75, -3.0, inf, -inf, nan)]


def show(z):
    if isinstance(z, complex):
        return f'({show(z.real)}, {show(z.imag)})'
    return f'{z:.11g}'


for name in 'acos acosh asin asinh atan atanh cos cosh exp log log10 sin sinh sqrt tan tanh phase polar'.split():
    f = getattr(cmath, name)
    for z in VALUES:
        try:
            r = f(z)
        except (ValueError, OverflowError) as e:
            r = f'{type(e).__name__}: {e}'
        else:
            r = tuple(map(show, r)) if isinstance(r, tuple) else show(r)
        # With NaN and infinite imaginary parts, the signs of zeros and infinities are unspecified.
        print(name, z, str(r).replace('-', '') if cmath.isnan(z) or cmath.isinf(z) else r)
for r in (0.0, 1.0, -2.0, inf, -inf, nan):
    for phi in (0.0, -0.0, 1.0, 3.0, -3.0, inf, nan):
        try:
            print('rect', r, phi, show(cmath.rect(r, phi)))
        except ValueError as e:
            print('rect', r, phi, e)
print(cmath.log(8, 2), cmath.isclose(1 + 1j, 1 + 1.0000000001j), cmath.isclose(1, 2), cmath.isclose(1, 2, abs_tol=2), cmath.infj, cmath.nanj)


class C:
    def __complex__(self):
        return 1j


class F:
    def __float__(self):
        return 4.0


print(cmath.sqrt(F()), cmath.exp(C()), cmath.isnan(complex(0, nan)), cmath.isinf(inf), cmath.isfinite(1))
for bad in (lambda: cmath.sqrt('x'), lambda: cmath.log(2, 0), lambda: cmath.isclose(1, 1, rel_tol=-1), lambda: cmath.sqrt()):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
