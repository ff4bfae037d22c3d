async def f(x):
    await x
    async with x as y, z:
        return await y
    async for i in x:
        if i: break
        continue
    else:
        pass
    return [i async for i in x if await i]

async def gen():
    yield 1
    async with x:
        yield
