f"{x}"
f"a{x}b{y!r}c{z!s:>10}{w:{width}.{precision}}"
f"{x=}" f"{ x = !r}" "plain" f"{{}}"
f"{x:%Y-{m}}" rf"\d{x}"
f""
f"{'nested' f'{y}'}"
f"{x!a:}"
"%s and %r %%" % (a, b)
"%5s|%-5s|%.3s" % (a, b, c)
"%d" % (a,)
