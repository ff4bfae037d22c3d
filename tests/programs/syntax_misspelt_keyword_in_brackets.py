"""Tokens of a text that ends early: they come first, and then the error. The search for misspelt keywords needs that."""
import io
import tokenize
import traceback

for source in "[123 fur x", "(\n", "a = [1,\n  2,", "if x:\n  (a\n", "f(a\n# c\n", "x = 1\\", "x = 1 + \\\n", "{'a': f'{x}'\n":
    print(repr(source))
    try:
        for t in tokenize.generate_tokens(io.StringIO(source).readline):
            print("  ", tokenize.tok_name[t.type], repr(t.string), t.start, t.end, repr(t.line))
    except tokenize.TokenError as e:
        print("  ", repr(e))

for source in "[123 fur x\nin range(3)\nif x]", "[x for x\nin range(3)\nof x]", "fur x in y: pass":
    try:
        compile(source, "<typo>", "exec")
    except SyntaxError as e:
        print("".join(traceback.format_exception_only(e)))
