def count(n):
    small = large = 0
    for item in range(n):
        if item % 7 < 3:
            small += 1
        else:
            large += item
    return small, large


print(count(20000))
