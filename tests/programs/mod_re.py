# re: the engine's operations, flags, kinds of subjects and errors.
import re

print(re.search(r'(a)(b)?', 'xac').groups('-'), re.search('b', 'abc').start(), re.match('b', 'abc'))
print(re.findall('(a)(b)', 'abab'), re.findall('x*', 'axb'), re.findall('(?i)A', 'aA'))
print([m.span() for m in re.finditer('a|', 'baac')], re.split('(,)', 'a,b,c', maxsplit=1), re.split('x*', 'axbc'))
print(re.sub('a', lambda m: m[0].upper(), 'banana'), re.subn('a', '-', 'banana', count=2), re.sub('', '-', 'abc'))
print(re.sub('(?P<x>a)(b)?', r'[\g<x>|\2]', 'abac'), re.sub(r'\s+', ' ', 'a \t\n b'), re.escape('a.b*c'))
print(re.findall(rb'\w+', b'ab cd'), re.sub(b'a', b'x', bytearray(b'aba')), re.search('é', 'caf\xe9').span())
print(re.findall(r'\w+', 'naïve Ωmega 日本'), re.findall(r'(?a)\w+', 'naïve'), re.search('(?s)a.b', 'a\nb').span())
print(re.findall('(?m)^.', 'ab\ncd'), re.match('(?x) a  b # c', 'ab').group(), re.search(r'(\w)\1', 'hello').group())
print(re.search('(?<=a)b', 'cbab').start(), re.search('(?<!a)b', 'abcb').start(), re.search('a(?=b)', 'acab').start())
print(re.match('a{2,3}?', 'aaaa').group(), re.match('a++b', 'aab').group(), re.match('(?>a+)b', 'aab').group())
print(re.match(r'(?P<n>a)(?(n)b|c)', 'ab').lastgroup, re.match('(a)(b)', 'ab').lastindex, re.match('(a)(b)', 'ab').regs)
p = re.compile('a(b)c', re.I | re.M)
print(p, p.flags, p.groups, p.groupindex, p == re.compile('a(b)c', re.I | re.M), p.pattern)
print(p.match('xabc', 1), p.search('abc', 0, 2), p.fullmatch('ABC').string)
m = p.match('abc')
print(m.expand(r'<\1>'), m.pos, m.endpos, m.re is p, m.end(1), m.group(0, 1), m)
for call in ['re.compile("(")', 're.compile("*")', 're.compile("[a")', 're.match("a", b"a")', 're.match(b"a", "a")', 're.match("a", 1)',
             're.match("a", "a").group(1)', 're.match("a", "a").group("x")', 're.sub("(a)", r"\\2", "a")', 're.compile("(?P<a>x)(?P<a>y)")',
             're.compile("a{3,2}")', 're.compile(r"\\8")']:
    try:
        print(call, eval(call))
    except Exception as e:
        print(call, type(e).__name__, e)
print(re.sub('(x)|y', lambda m: str(m.group(1)), 'xyz'), re.Scanner([('a', lambda s, t: t)]).scan('aab'))
