# Context variables as far as they can be seen: arguments, errors, texts, copies, contexts that are entered.
import contextvars as c
import re
from contextvars import Context, ContextVar, Token, copy_context


def t(f):
    try:
        r = repr(f())
    except BaseException as e:
        r = f'{type(e).__name__} {e}'
    print(re.sub('0x[0-9a-f]+', '0x', r))


v = ContextVar('v')
w = ContextVar('w', default=3)
ctx = copy_context()
CASES = [
    lambda: Context(1),
    lambda: Context(a=1),
    lambda: ContextVar(),
    lambda: ContextVar(1),
    lambda: ContextVar('a','b'),
    lambda: ContextVar(name='a'),
    lambda: ContextVar('a',default=1,foo=2),
    lambda: ContextVar('a',foo=2),
    lambda: Token(),
    lambda: Token(1),
    lambda: ctx.run(),
    lambda: ctx.run(1),
    lambda: ctx.get(),
    lambda: ctx.get(1),
    lambda: ctx.get(v,1,2),
    lambda: ctx.get(v,5),
    lambda: ctx.get(v,default=5),
    lambda: ctx[1],
    lambda: ctx[v],
    lambda: 1 in ctx,
    lambda: v in ctx,
    lambda: len(ctx),
    lambda: ctx.keys(),
    lambda: ctx.values(),
    lambda: ctx.items(),
    lambda: iter(ctx),
    lambda: ctx==Context(),
    lambda: ctx!=Context(),
    lambda: ctx<Context(),
    lambda: ctx==1,
    lambda: hash(ctx),
    lambda: hash(v) and 1,
    lambda: v,
    lambda: w,
    lambda: v.name,
    lambda: setattr(v,'name','b'),
    lambda: setattr(v,'foo','b'),
    lambda: v.get(),
    lambda: v.get(1),
    lambda: v.get(1,2),
    lambda: v.get(default=1),
    lambda: w.get(),
    lambda: v.set(),
    lambda: v.set(1),
    lambda: v.reset(1),
    lambda: v.reset(),
    lambda: v.set(v),
    lambda: v.get(),
    lambda: ctx.run(ctx.run,print),
    lambda: type('A',(Context,),{}),
    lambda: type('A',(ContextVar,),{}),
    lambda: type('A',(Token,),{}),
    lambda: setattr(Context,'x',1),
    lambda: ContextVar[int],
    lambda: Token[int],
    lambda: Context[int],
    lambda: Token.MISSING,
    lambda: type(Token.MISSING),
    lambda: type(Token.MISSING)(),
    lambda: w.set(1).old_value,
    lambda: w.set(2).old_value,
    lambda: w.set(2).var,
    lambda: copy_context(1),
    lambda: copy_context,
    lambda: ContextVar.__module__,
    lambda: (Context.__name__, Context.__qualname__, Context),
    lambda: hash(v.set(1)),
    lambda: v.__dict__,
    lambda: w.set(1).__enter__().__class__,
    lambda: w.set(1).__exit__(),
    lambda: w.set(1).__exit__(1,2),
    lambda: w.set(1).__exit__(None,None,None),
    lambda: __import__('weakref').ref(v) and 1,
    lambda: __import__('weakref').ref(ctx) and 1,
    lambda: __import__('weakref').ref(w.set(1)) and 1,
    lambda: ctx,
    lambda: sorted(c.__all__),
    lambda: sorted(n for n in dir(__import__('_contextvars')) if n[0]!='_'),
    lambda: ContextVar.__text_signature__,
    lambda: ContextVar.get.__text_signature__,
    lambda:ContextVar.set.__text_signature__,
    lambda:ContextVar.reset.__text_signature__,
    lambda: Context.get.__text_signature__,
    lambda: Context.run.__text_signature__,
    lambda: Context.copy.__text_signature__,
    lambda: next(ctx.keys()),
    lambda: type(ctx.keys()).__module__,
    lambda: [type(x) for x in (ctx.keys(), ctx.values(),ctx.items(), iter(ctx))],
    lambda: len(ctx.keys()),
    lambda: ctx.keys().__length_hint__(),
    lambda: bool(ctx),
    lambda: __import__('copy').copy(ctx),
    lambda: __import__('pickle').dumps(v),
    lambda: __import__('pickle').dumps(ctx),
    lambda: Context.get(),
    lambda: isinstance(ctx, __import__('collections').abc.Mapping),
]
for f in CASES:
    t(f)
t(lambda: next(copy_context().keys()).name in 'vw')
it = copy_context().keys()
t(lambda: (len(it), iter(it) is it, sorted(x.name for x in it)))
it = copy_context().items()
t(lambda: (iter(it) is it, sorted((x.name, y) for x, y in it), list(it)))
token = v.set(5)
v.reset(token)
t(lambda: v.reset(token))
t(lambda: w.reset(token))
t(lambda: token)
token = v.set(5)
t(lambda: Context().run(v.reset, token))
t(lambda: token)
t(lambda: w.reset(token))
with v.set(8) as entered:
    t(v.get)
    print(entered.var is v)
t(v.get)
x = ContextVar('x', default=[])
x.get().append(x)
t(lambda: x)


def gen():
    v.set('in')
    yield v.get()
    yield v.get()


context = Context()
g = gen()
print(context.run(next, g), v.get(), next(g), context[v])


class Unhashable(str):
    def __hash__(self):
        raise TypeError('no hash')


class Text(str):
    pass


t(lambda: ContextVar(Unhashable()))
t(lambda: ContextVar(Text('abc')))


def fails():
    raise KeyError(1)


t(lambda: ctx.run(fails))
t(lambda: ctx.run(lambda *a, **k: (a, k), 1, b=2))
t(lambda: ctx.run(lambda: copy_context() == ctx))
t(lambda: ctx.run(lambda: copy_context() is ctx))

# Copies go separate ways from the first change on; what iterates keeps what it saw.
one = Context()
one.run(v.set, 1)
two = one.copy()
print(one == two, one is two)
seen = one.items()
one.run(v.set, 2)
two.run(w.set, 3)
three = two.copy()
print(one[v], two[v], [i for _, i in seen], len(one), len(two), one == two, two == three)


def nested(depth):
    v.set(depth)
    if depth:
        copy_context().run(nested, depth - 1)
    return v.get()


print([copy_context().run(nested, 3) for _ in range(3)], two.run(nested, 2), two[v], three[v])
for i in range(300):
    token = w.set(i)
    if i % 3:
        w.reset(token)
print(w.get())
