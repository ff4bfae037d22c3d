plain = 'a' "b" r'\n' b"c" rb'''d
e'''
doubled = f"{{a}} {b} {c!r:>{width}} {d:{e}f} {g=}"
named = f"\N{BULLET} {h:}"
nested = f"{'x' + f'{y:.{z}}'}"
template = t"{name} {value!s:8}"
