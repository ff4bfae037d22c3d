# What the methods made from slots say about a wrong number of arguments.
class P: 
    def __get__(s,*a): return 5
for e in ['[].__setitem__(0)','[].__setitem__(1,2,3)','[].__delitem__()','[].__getitem__()','[].__eq__()','(1).__add__()','(1).__add__(1,2)','(1).__pow__()','(1).__pow__(1,2,3)','object().__setattr__("a")','object().__delattr__()','[].__len__(1)','[].__contains__()','[].__mul__()','[].__iter__(1)','object().__getattribute__()','(1).__hash__(1)','(1).__bool__(1)','property().__get__()','property().__set__(1)','property().__delete__()','[].__iadd__()','[].__imul__(1,2)','{}.__setitem__(1)','{}.__delitem__(1,2)','range(1).__getitem__()','(1).__lt__()','iter([]).__next__(1)','len.__call__()','type.__call__()','(1,).__getitem__(1,2)']:
    try: print(e, eval(e))
    except Exception as x: print(e, type(x).__name__, x)
