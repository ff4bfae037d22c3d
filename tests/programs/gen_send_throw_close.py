# The other direction: send, throw, close.
def averager():
    total = count = 0
    average = None
    while True:
        value = yield average
        if value is None:
            return total
        total += value
        count += 1
        average = total / count


a = averager()
print(next(a), a.send(10), a.send(20), a.send(60))
try:
    a.send(None)
except StopIteration as stop:
    print("returned", stop.value)


def resilient():
    log = []
    while True:
        try:
            received = yield len(log)
            log.append(received)
        except ValueError as error:
            log.append(str(error))
        except GeneratorExit:
            print("closing with", log)
            raise
        finally:
            print("finally", len(log))


r = resilient()
print(next(r), r.send("x"), r.throw(ValueError("thrown")), r.send("y"))
r.close()
r.close()
print(next(r, "exhausted"))
try:
    r.throw(KeyError("after the end"))
except KeyError as error:
    print("came back", error)
b = averager()
try:
    b.send(1)
except TypeError as error:
    print(error)


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


s = stubborn()
next(s)
try:
    s.close()
except RuntimeError as error:
    print(error)


def stops():
    yield 1
    raise StopIteration("inside")


try:
    list(stops())
except RuntimeError as error:
    print(error, repr(error.__cause__))


def reenter():
    yield next(me)


me = reenter()
try:
    next(me)
except ValueError as error:
    print(error)


def unstarted():
    try:
        yield
    finally:
        print("never entered")


u = unstarted()
u.close()
try:
    unstarted().throw(IndexError("early"))
except IndexError as error:
    print(error)


def close_value():
    try:
        yield 1
    except GeneratorExit:
        return "closed value"


c = close_value()
next(c)
print(c.close())
