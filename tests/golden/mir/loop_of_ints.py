# inspect: --diff
def total(n):
    result = 0
    for item in range(n):
        result += item
    return result

print(total(20000))
