# Syntax trees out of compile() and back in.
import ast

source = '''\
"""Doc."""
from a.b import c as d, e
@deco(1)
def f[T: int](x: int, /, y=2, *args, z: str = 'q', **kw) -> None:
    """Inner."""
    global g
    for i in range(3):
        if i % 2 == 0 and not x or (n := i):
            continue
        else:
            break
    try:
        raise ValueError from None
    except* (TypeError, ValueError) as e:
        pass
    finally:
        del x
    with a as b, c:
        yield f"{x!r:>{y}} {{}} {z}"
    return lambda q: [a async for a in q if a] if q else {**q, 1: 2}
class C(Base, metaclass=M):
    v: int
    w: int = 3
    type A[*Ts] = tuple[*Ts]
match x:
    case [1, *rest] | {"k": None, **more}:
        pass
    case Point(x=0, y=-1.5+2j) as p if p:
        pass
    case _:
        pass
'''
tree = ast.parse(source)
print(ast.dump(tree, indent=1))
print(ast.dump(tree.body[2], include_attributes=True))
print(ast.unparse(tree))
print(ast.dump(ast.parse('a < b <= c', mode='eval')))
print(ast.dump(ast.parse('t"{x=} {y}"', mode='eval')))

code = compile(ast.parse('x = 6 * 7\nprint(x, "%s-%s" % (x, 1))'), 'made.py', 'exec')
exec(code)
print(eval(compile(ast.parse('[i ** 2 for i in range(4)]', mode='eval'), 'e', 'eval')))

made = ast.Module(
    body=[ast.Expr(ast.Call(ast.Name('print', ast.Load()), [ast.Constant('made by hand')], []))],
    type_ignores=[],
)
exec(compile(ast.fix_missing_locations(made), 'hand.py', 'exec'))


class Double(ast.NodeTransformer):
    def visit_Constant(self, node):
        if isinstance(node.value, int):
            return ast.copy_location(ast.Constant(node.value * 2), node)
        return node


exec(compile(Double().visit(ast.parse('print(1 + 2, "s")')), 'double', 'exec'))


def attempt(make):
    try:
        compile(make(), '<tree>', 'exec')
    except Exception as e:
        print(type(e).__name__ + ':', e)
    else:
        print('compiled')


def statement(node):
    return lambda: ast.fix_missing_locations(ast.Module([node], []))


L, S = ast.Load(), ast.Store()
attempt(lambda: ast.Expression(ast.Constant(1, lineno=1, col_offset=0)))
attempt(lambda: ast.Module([ast.Pass()], []))
attempt(lambda: ast.Module([ast.Expr(ast.Constant(1))], []))
attempt(lambda: ast.Module(3, []))
attempt(lambda: ast.Module([3], []))
attempt(statement(ast.If(ast.Constant(1), [], [])))
attempt(statement(ast.Delete([])))
attempt(statement(ast.Assign([ast.Name('x', L)], ast.Constant(1))))
attempt(statement(ast.Assign([ast.Constant(1)], ast.Constant(1))))
attempt(statement(ast.Expr(ast.Name('True', L))))
attempt(statement(ast.Expr(ast.Name(b'x', L))))
attempt(statement(ast.Expr(ast.BoolOp(ast.And(), [ast.Constant(1)]))))
attempt(statement(ast.Expr(ast.Compare(ast.Constant(1), [], []))))
attempt(statement(ast.Expr(ast.Dict([None], []))))
attempt(statement(ast.Expr(ast.Constant([1]))))
attempt(statement(ast.Expr(ast.ListComp(ast.Constant(1), []))))
attempt(statement(ast.Raise(None, ast.Constant(1))))
attempt(statement(ast.Try([ast.Pass()], [], [], [])))
attempt(statement(ast.ImportFrom('m', [ast.alias('a')], -1)))
attempt(statement(ast.Match(ast.Constant(1), [ast.match_case(ast.MatchOr([ast.MatchAs()]), None, [ast.Pass()])])))
attempt(statement(ast.Return(ast.Constant(1))))
