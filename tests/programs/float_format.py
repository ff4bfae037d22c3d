# Format specifications of floats.
for x in (0.0, -0.0, 1.5, -2.675, 123456.789, 1e-10, 1e10, 1e300):
    print(f"{x:.2f} {x:.0f} {x:e} {x:.3e} {x:g} {x:.3g} {x:G} {x}")
    print(f"[{x:10.2f}] [{x:<10.2f}] [{x:^10.2f}] [{x:+.1f}] [{x: .1f}] [{x:010.2f}] [{x:*>12.1f}]")
print(f"{1234567.891:,.2f} {1234567.891:_.1f} {0.256:.1%} {2:%} {1e6:,}")
print(f"{float('inf'):f} {float('nan'):.2f} {float('-inf'):e} {float('inf'):05}")
print("%.3f|%8.2f|%-8.1f|%+d|%e|%g" % (3.14159, 2.5, 1.25, 7, 12345.678, 0.00001))
print(format(2.5, ".0f"), format(3.5, ".0f"), format(0.5, ".0f"), format(1.0, ""), format(1e16, "n"))
width, precision = 12, 4
print(f"{3.14159265:{width}.{precision}f}|{3.14159265!r:>12}|{2.0:#.0f}|{100.0:#g}")
try:
    print(f"{1.5:d}")
except ValueError as error:
    print(error)
