# Input that more could make right: PyCF_ALLOW_INCOMPLETE_INPUT and PyCF_DONT_IMPLY_DEDENT.
import codeop

SOURCES = [
    ("if 1:", "single"),
    ("(1,", "exec"),
    ("if 1:\n x", "single"),
    ("if 1:\n x\n", "single"),
    ("'''abc", "exec"),
    ('f"""{a', "exec"),
    ("x = ", "eval"),
    ("x = ", "exec"),
    ("def f():\n", "exec"),
    ("a b", "exec"),
    ("a b (", "exec"),
    ("", "exec"),
    ("\\", "exec"),
    ('"abc', "exec"),
    ('f"{', "exec"),
    ("try:\n pass", "exec"),
    ("@a\n", "exec"),
    ("if 1:\n  x\n y", "exec"),
    ("x \\\n", "single"),
    ("class A:\n def f(self):\n  pass\n", "single"),
    ("a = 1; b = (", "single"),
    ("lambda: [", "eval"),
]
for source, mode in SOURCES:
    for flags in 0x4000, 0x200, 0x4200, 0:
        try:
            compile(source, "<input>", mode, flags)
            result = "fine"
        except SyntaxError as e:
            result = type(e).__name__, e.args
        print(repr(source), mode, hex(flags), result)
for source in "a = 1", "if 1:", "if 1:\n  pass", "if 1:\n  pass\n", "a b", "def f():\n  '''", "# only", "", "x = [", "]":
    try:
        print(repr(source), type(codeop.compile_command(source)).__name__)
    except SyntaxError as e:
        print(repr(source), type(e).__name__, e)
for source, mode in [("a = 'a\\\n", "single"), ("'abc", "single"), ("'abc\\\n\n", "exec"), ("f'abc\\\n", "single"), ("f'{a", "single")]:
    try:
        compile(source, "<input>", mode, 0x4000)
    except SyntaxError as e:
        print(repr(source), mode, type(e).__name__, e.args)
