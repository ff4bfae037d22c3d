# How much of a generator the methods of sets use up, and what an unhashable item does.
def g():
    for x in (1, 2, [], 3):
        print("give", x); yield x
for s in ({1}, {1,2}, set(), {9}):
    try: print(s.intersection(g()))
    except TypeError as e: print(e)
    x = set(s)
    try: x.intersection_update(g()); print(x)
    except TypeError as e: print(e)
    try: print(s.issubset(g()))
    except TypeError as e: print(e)
    try: print(s.difference(g()))
    except TypeError as e: print(e)
    try: print(s.isdisjoint(g()))
    except TypeError as e: print(e)
    try: print(s.issuperset(g()))
    except TypeError as e: print(e)
