# exec, eval and compile with their own namespaces.
space = {"a": 5}
exec("b = a * 2\ndef f(x): return x + b", space)
print(space["b"], space["f"](1), eval("a + b", space), eval("a + c", space, {"c": 1}))
code = compile("x * 2 if x else 'none'", "<source>", "eval")
print([eval(code, {"x": n}) for n in (0, 3)], code.co_filename, code.co_names)
x = 1
exec("x = x + 10; y = 'new'")
print(x, y, eval("x + 1"), eval("[i for i in range(x) if i > 8]"))


def function():
    local = 5
    exec("local = 6")
    return local, eval("local + 1"), eval("local", {"local": "given"})


print(function())
single = compile("1 + 1\n", "<single>", "single")
exec(single)
for bad in ("1 +", "x = ", "a b", "for", "(", "'abc", "x = 1\n  y = 2", "return 5", "break", "f(a=1, a=2)", "1 = x"):
    try:
        exec(bad)
    except SyntaxError as error:
        print(type(error).__name__, error.msg, error.lineno, error.offset)
try:
    eval("1 / 0")
except ZeroDivisionError as error:
    print(error)
print("__builtins__" in space, eval("len([1, 2])", {}))
try:
    eval("len([1])", {"__builtins__": {}})
except NameError as error:
    print(error)

# A function made of a module's code: its globals are its locals as well.
import types

spaces = {'start': 2}
types.FunctionType(compile('end = start + 1', '<module code>', 'exec'), spaces)()
print(spaces['end'])

# A function of a module's code has the globals as its namespace, however often it is called.
space = {'start': 0}
step = types.FunctionType(compile('start = start + 1', '<module code>', 'exec'), space)
for _ in range(300):
    step()
print(space['start'])
