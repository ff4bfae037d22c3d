# Coroutines, awaitables, async for and async with, driven without an event loop.
class Switch:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        received = yield self.value
        return received


async def add(a, b):
    x = await Switch(a)
    y = await Switch(b)
    return x + y


def run(coroutine, answers):
    sent, log = None, []
    answers = iter(answers)
    try:
        while True:
            log.append(coroutine.send(sent))
            sent = next(answers)
    except StopIteration as stop:
        return log, stop.value


print(run(add("p", "q"), [10, 20]))


async def outer():
    total = 0
    for i in range(3):
        total += await add(i, -i)
    return total


print(run(outer(), range(6)))


class Range:
    def __init__(self, n):
        self.n, self.i = n, 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.i >= self.n:
            raise StopAsyncIteration
        self.i += 1
        return await Switch(self.i)


class Manager:
    async def __aenter__(self):
        print("enter", await Switch("entering"))
        return "managed"

    async def __aexit__(self, kind, value, traceback):
        print("exit", kind.__name__ if kind else None, await Switch("exiting"))
        return kind is KeyError


async def loops():
    out = []
    async for x in Range(3):
        out.append(x)
    else:
        out.append("else")
    out += [x async for x in Range(2) if x]
    async with Manager() as m:
        out.append(m)
        raise KeyError
    return out


print(run(loops(), "abcdefgh"))


async def generator(n):
    for i in range(n):
        try:
            yield i * 10
        finally:
            await Switch(("cleanup", i))


async def consume():
    total = 0
    async for x in generator(3):
        total += x
    return total


print(run(consume(), "xyz"))


async def failing():
    try:
        await Switch(1)
    except ValueError as error:
        return f"caught {error}"


c = failing()
c.send(None)
try:
    c.throw(ValueError("thrown in"))
except StopIteration as stop:
    print(stop.value)
d = failing()
d.send(None)
d.close()
print(type(c).__name__, c.cr_frame, type(generator(1)).__name__)
for bad in (lambda: iter(d), lambda: d.send(None)):
    try:
        bad()
    except (TypeError, RuntimeError) as error:
        print(error)


async def bad_await():
    await 5


try:
    run(bad_await(), [])
except TypeError as error:
    print(error)
