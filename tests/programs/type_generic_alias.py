# Generic aliases (list[int]) and unions (int | str).

class TV:
    def __init__(s,n): s.n=n
    def __repr__(s): return '~'+s.n
    def __typing_subst__(s,a): return a
    def __or__(s,o): return type(int|str)[s,o]
    def __ror__(s,o): return type(int|str)[o,s]
class NS: pass
types=NS(); types.GenericAlias=type(list[int]); types.UnionType=type(int|str)
typing=NS(); typing.Union=type(int|str); typing.Any=None; typing.Optional=[]

def t(s, g):
    try:
        r = eval(s, g)
        print(s, '->', repr(r), type(r))
    except BaseException as e:
        print(s, '!!', type(e).__name__, e)
T=TV('T'); U=TV('U')
L=list[int]
g=dict(globals())
for s in ['L','list[int,str]','dict[str,int]','tuple[()]','tuple[int,...]','L.__origin__','L.__args__','L.__parameters__','list[T].__parameters__','dict[T,U][int,str]','list[T][int]','list[dict[T,U]].__parameters__','list[dict[T,int]][str]','list[T][int,str]','L[int]','L()','L([1,2])','isinstance([],L)','issubclass(list,L)','L==list[int]','L!=list[str]','hash(L)==hash(list[int])','L is list[int]','list["X"]','list[[1,2]]','list[None]','list[...]','L.append','L.__class__','L.__mro_entries__(())','L.__doc__ == list.__doc__','L.__name__','L.__qualname__','L.__module__','list[int]|None','int|str','int|None','None|int','int|str|int','int|list[int]','(int|str).__args__','int|"x"','int|1','isinstance(1,int|str)','issubclass(bool,int|str)','isinstance(1,int|list[int])','(int|str)==(str|int)','hash(int|str)==hash(str|int)','list[int|T][str]','(int|T).__parameters__','(int|T)[str]','type(int|str)','types.UnionType','types.GenericAlias','types.GenericAlias(list,int)','types.GenericAlias(list,(int,str))','types.GenericAlias()','types.GenericAlias(1)','types.GenericAlias(list,int,x=1)','list.__class_getitem__(int)','*list[int],','list(tuple[int,...])','(*tuple[int,str],)','tuple[*tuple[int,...]]','next(iter(list[int]))', 'next(iter(list[int])).__unpacked__','L.__unpacked__','L.__reduce__()','L.__typing_unpacked_tuple_args__','L.foo','type[int]','enumerate[int]','set[int]','frozenset[int]','range[int]','slice[int]','zip[int]','int[str]','repr(list[type(None)])','list[int]()','list[T]()','class_','tuple[int][0]','list[T][U]','dict[T,T][int]','list[()]','list[(int,)]','list[lambda:0].__args__[0].__name__', 'L.copy','L.__len__','type(L).__mro__','(int|str).__origin__','(int|str).__name__','typing.Union[int,str]','typing.Union','types.UnionType is typing.Union','typing.Optional[int]','int|typing.Any','type(int|T)','list|None','(list[int]|None).__args__','isinstance([], list[int]|None)','(int | str) | (str | float)','isinstance(1, int|None)','issubclass(int, 1|int)','(int|str).__parameters__','(int|str).__hash__()==hash(int|str)','(int|str)|1','typing.Union[int]','typing.Union[()]','typing.Union[1,2]','"x"|int', ]:
    t(s,g)
