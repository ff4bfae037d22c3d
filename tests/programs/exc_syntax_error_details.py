# Attributes of syntax errors: the line's text, and where the search for misspelt keywords may begin.
SOURCES = [
    'z = f"""\nabc', 'z = """', "z = f'abc\ny=1", 'z = "abc\n', 'z = f"{a\n}\nb', 'z = f"{a', 'x=1_\ny', 'a = 0777\n',
    'a = \u20ac\n', 'a = )\n', 'a = (]\n', 'a \\ b\n', '  x\n', 'if 1:\n  x\n y\n', '0b2\n', 'a b\n', '(a\n',
    'fur a in b:\n    pass\n', 'x=1\nfur a in b:\n    pass\n', 'if x:\n    a=1\n\nfur a in b:\n    pass\n',
    'if x:\n    a=1\n    fur a in b:\n        pass\n', 'def f():\n  if x:\n    b=(1,\n2)\n  fur a in b:\n    pass\n',
    'class A:\n  def f(): pass\n  def g(): yeld 1\n', 'if 1: 2; a b', 'while 1:\n pass\nelso:\n  pass\n', 'x=\n',
    'with a: pass\nfor x in y: pass\n1 2\n3 4', '@a\nclass B:\n  pass\nx y', 'a=1\nb = [1 2]',
    'class A:\n  for x in y:\n    pass\n  yeld 1\n', 'try:\n  for x in y:\n    pass\n  yeld 1\nfinally: pass\n',
    'match a:\n case 1:\n  for x in y:\n    pass\n  yeld 1\n', 'if 1:\n  @a\n  class g:\n    pass\n  yeld 1',
    'x=1\nif 1:\n  pass\nx=1\nif x:\n  pass\nelif y:\n  yeld 1', 'for x in y:\n  pass\nelse:\n  yeld 1',
]
for source in SOURCES:
    try:
        compile(source, 'x', 'exec')
    except SyntaxError as e:
        print(repr(source), e.msg, repr(e.text), e._metadata[:2])
