# inspect: --diff
def f(items, flag):
    total = 0
    for item in items:
        if flag and item > 1 + 1:
            total += item
        else:
            continue
    return total
