if (n := f()) > 1: print(n)
x = [y := 1, y**2]
def g():
    while chunk := read(): use(chunk)
    return any((hit := i) for i in x)
