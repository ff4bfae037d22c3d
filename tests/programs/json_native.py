import json
import json.scanner
import json.encoder

print(json.scanner.c_make_scanner is not None, json.encoder.c_make_encoder is not None)


def attempt(f, *args, **kwargs):
    try:
        return repr(f(*args, **kwargs))
    except Exception as e:
        return f"{type(e).__name__}: {e} {getattr(e, '__notes__', '')}"


for text in [
    '{"a": [1, -2.5, 1e3, true, false, null, "x\\n\\u00e9\\ud83d\\ude00"]}', "", "[", "[1", "[1,", "[1,]", '{"a"', '{"a":', '{"a":1',
    '{"a":1,}', "{1:2}", '"abc', '"a\tb"', '"\\x"', '"\\u12"', '"\\ud800x"', '"\\ud800\\u0041"', "nul", "-", "01", "1.", "1.e5", "1e", "NaN",
    "[Infinity, -Infinity]", "123456789012345678901234567890", "-0", "-0.0", " [ ] ", "{ }", "[1 2]", '{"a" 1}', "1 2", "\ufeff1", "é", '"é\u1234"',
]:
    print(ascii(text), ascii(attempt(json.loads, text)))
print(attempt(json.loads, '"a\tb"', strict=False))
print(attempt(json.loads, '{"a": 1, "b": {"a": 2}}', object_pairs_hook=list))
print(attempt(json.loads, '{"a": {"b": 1}}', object_hook=lambda d: sorted(d)))
print(attempt(json.loads, "[1, 2.5, NaN]", parse_int=lambda s: s * 2, parse_float=str, parse_constant=len))
a, b = json.loads('[{"key": 1}, {"key": 2}]')
print([k is l for k, l in zip(a, b)])


class Number(int):
    def __repr__(self):
        return "never"


class Box:
    pass


loop = []
loop.append({"again": loop})
samples = [
    "x\"\\/\b\f\n\r\t\x00\x7fé\u1234\U0001f600\ud800", Number(5), 10**25, 1.5, -0.0, 1e16, float("nan"), [1, (2, [])], {}, [], (),
    {"b": 1, "a": [None, True, False], 3: 1, 2.5: 2, None: 3, True: 4}, {"x": {"y": Box}}, [1, {"k": {1, 2}}], {(1, 2): 3}, loop,
]
for sample in samples:
    for options in ({}, {"ensure_ascii": False}, {"indent": 2}, {"separators": (",", ":")}, {"allow_nan": False}, {"skipkeys": True}):
        print(options, ascii(attempt(json.dumps, sample, **options)))
print(attempt(json.dumps, {"b": 1, "a": 2, "c": {"z": 1, "y": 2}}, sort_keys=True, indent="\t"))
print(attempt(json.dumps, {1: 1, "a": 2}, sort_keys=True))
print(attempt(json.dumps, [Box(), {"k": Box()}], default=lambda o: type(o).__name__))
print(attempt(json.dumps, [Box()], default=lambda o: 1 // 0))


class Upper(json.JSONEncoder):
    def encode(self, o):
        return super().encode(o).upper()


print(json.dumps({"a": ["b"]}, cls=Upper))
nested = []
for _ in range(100000):
    nested = [nested]
for deep in (lambda: json.dumps(nested), lambda: json.loads("[" * 100000)):
    try:
        deep()
    except RecursionError:
        print("too deep")
