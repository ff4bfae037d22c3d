def total(n):
    result = 0
    for item in range(n):
        if item > 100:
            result += item
    return result

print(total(20000))
