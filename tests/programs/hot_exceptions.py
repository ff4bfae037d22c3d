# Exceptions raised and caught in hot loops.
def parse_all(texts):
    good = bad = 0
    for text in texts:
        try:
            good += int(text)
        except ValueError:
            bad += 1
    return good, bad


print(parse_all([str(i) if i % 3 else "x" for i in range(3000)]))


def lookups(n):
    d = {i: i * i for i in range(0, 100, 2)}
    hits = misses = 0
    for i in range(n):
        try:
            hits += d[i % 100]
        except KeyError as error:
            misses += error.args[0]
    return hits, misses


print(lookups(3000))


def nested(n):
    log = [0, 0, 0, 0]
    for i in range(n):
        try:
            try:
                if i % 7 == 0:
                    raise ValueError(i)
                if i % 11 == 0:
                    raise KeyError(i)
                log[0] += 1
            except ValueError:
                log[1] += 1
                if i % 2:
                    raise IndexError
            finally:
                log[2] += 1
        except (KeyError, IndexError):
            log[3] += 1
    return log


print(nested(3000))


def fails(n):
    if n % 5 == 0:
        raise RuntimeError(n)
    return n


def caller(n):
    return fails(n) + 1


total = 0
for i in range(2500):
    try:
        total += caller(i)
    except RuntimeError as error:
        total -= error.args[0]
print(total)


def index_until_error(data):
    i = total = 0
    try:
        while True:
            total += data[i]
            i += 1
    except IndexError as error:
        return i, total, str(error)


print(index_until_error(list(range(3000))), index_until_error(tuple(range(2000))), index_until_error(b"abc" * 700))


def division(n):
    total = 0
    for i in range(n, -n, -1):
        try:
            total += 1000 // i
        except ZeroDivisionError:
            total += 5
    return total


print(division(1500))
try:
    for i in range(3000):
        x = 100 / (2000 - i)
except ZeroDivisionError as error:
    print(i, error, x)


def finally_order(n):
    out = 0
    for i in range(n):
        try:
            if i % 3 == 0:
                continue
            if i == n - 2:
                break
        finally:
            out += i
    return out


print(finally_order(2000))
