# The compiler's tokens and what is made of them.
import inspect
import io
import tokenize

source = '''\
def f(a, b=1):  # comment
    """text
    more"""
    if a <= b:
        return f"{a!r:>{b}} {{x}}"
    x = [1,
         2.5e3, 0x_ff]

    return x @ a
print("é", 'b') ; y: int
'''
for token in tokenize.generate_tokens(io.StringIO(source).readline):
    print(tokenize.tok_name[token.exact_type], repr(token.string), token.start, token.end, repr(token.line))
for token in tokenize.tokenize(io.BytesIO('a = "ü"\n'.encode()).readline):
    print(token)
try:
    for token in tokenize.generate_tokens(io.StringIO('a = (1,\n').readline):
        pass
except tokenize.TokenError as e:
    print('TokenError', e)
print(inspect.signature(sorted), inspect.signature(compile), inspect.signature(int.from_bytes))
