"""Integer literals with more digits than the limit are errors of the source."""
import ast
import sys

limit = 3000
sys.set_int_max_str_digits(limit)
too_long, fits = "1" * (limit + 1), "7" * limit


def attempt(source, mode="exec", run=compile):
    try:
        run(source, "<file>", mode)
    except SyntaxError as e:
        place = e.lineno, e.offset, e.end_lineno, e.end_offset
        print(type(e).__name__, e.msg[:60], e.msg[-60:] if len(e.msg) > 60 else "", place, (e.text or "")[:12])
    else:
        print("accepted", len(source))


for source in (
    too_long, fits, f"a = 1\nb = {too_long}\n", f"x + {too_long} + 3", f"[{too_long}, {too_long}]", f"-{too_long}",
    "0" * (limit + 5), "0x" + too_long, "0o" + too_long, "0b" + "1" * 9999, "1_" * limit + "1", "7_" * (limit - 1) + "7",
    too_long + "j", too_long + ".0", too_long + "e1", "'" + too_long + "'", "# " + too_long, f'"""{too_long}"""',
    f'f"{{{too_long}}}"', f"match x:\n case {too_long}: pass\n", f"x = {too_long} $", f"{too_long} {too_long}",
    f"{too_long}L", f"x = (\n{fits},\n{too_long})", f"x = $\ny = {too_long}", "name" + too_long, "a." + "b" + too_long,
):
    attempt(source)
attempt(too_long, "single")
attempt(too_long, "eval")
attempt(too_long.encode())
attempt(f"# coding: latin-1\n# \xe9\nx = {too_long}".encode("latin-1"))
attempt(too_long, run=lambda source, name, mode: ast.parse(source, name, mode))
attempt(too_long, run=lambda source, name, mode: ast.literal_eval(source))
attempt(too_long, run=lambda source, name, mode: eval(source))
attempt(f"x = {too_long}", run=lambda source, name, mode: exec(source))
sys.set_int_max_str_digits(0)
attempt(too_long)
sys.set_int_max_str_digits(limit + 1)
attempt(too_long)
attempt(too_long + "0")
for limit in 0, 5000, 4300:
    sys.set_int_max_str_digits(limit)
    print(limit)
    for source in "1" * 5000, "1" * 5001, "(" + "1" * 4301, "x = $ " + "1" * 5000:
        attempt(source)
        attempt(source, run=lambda source, name, mode: ast.parse(source, name, mode))
