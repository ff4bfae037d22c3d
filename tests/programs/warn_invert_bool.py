"""~True is computed when it runs, so that its warning comes then."""
import dis
import warnings

print([i.opname for i in dis.get_instructions(compile("x = ~True", "", "exec")) if "INVERT" in i.opname])
print([i.opname for i in dis.get_instructions(compile("x = ~5", "", "exec")) if "INVERT" in i.opname])
code = compile("~False, ~True, ~1, -True, +False, not True", "<bools>", "eval")
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print(eval(code))
for w in seen:
    print(w.category.__name__, w.filename, w.lineno, str(w.message)[:50])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        eval("[~True][0]")
    except DeprecationWarning as problem:
        print(type(problem).__name__)
