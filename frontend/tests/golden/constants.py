x = (1, 2.5, 1j, "s", b"b", None, True, False, ...)
y = -1, -0.0, 0.0, 10**20, 0xFFFFFFFFFFFFFFFFFFFF, 255, 256, -5
z = "a" "b" 'c'
w = """multi
line"""
s = "\ud800\N{BULLET}\x41\101\u00e9"
"expression"
1
