@a
@b.c(1)
def f(): pass

@(lambda x: x)
async def g(): pass
