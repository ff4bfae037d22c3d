# More than 255 locals, constants, names and arguments: operands that need an extended argument.
names = [f"v{i}" for i in range(400)]
lines = ["def big(start):"]
for i, name in enumerate(names):
    lines.append(f"    {name} = start + {1000 + i}")
lines.append("    total = 0")
for name in names:
    lines.append(f"    total += {name}")
lines.append("    return total, v0, v255, v256, v399")
space = {}
exec("\n".join(lines), space)
print(space["big"](1), space["big"](0.5))
print(eval("+".join(str(10**6 + i) for i in range(600))), eval("[" + ",".join(f"{i}.5" for i in range(500)) + "][-3:]"))
exec("\n".join(f"g{i} = {i} * 2" for i in range(600)), space)
print(space["g0"], space["g255"], space["g256"], space["g599"], sum(space[f"g{i}"] for i in range(600)))
exec("def f(" + ",".join(f"a{i}" for i in range(300)) + "): return a0, a299, " + " + ".join(f"a{i}" for i in range(300)), space)
print(space["f"](*range(300)), eval("f(" + ",".join(str(i) for i in range(300)) + ")", space))
print(eval("f(" + ",".join(f"a{i}={i}" for i in range(300)) + ")", space)[2])
exec("class K:\n" + "\n".join(f"    m{i} = {i}" for i in range(400)) + "\nk = K()\nt = 0\n" + "\n".join(f"t += k.m{i}" for i in range(400)), space)
print(space["t"])
exec("def outer():\n" + "\n".join(f"    c{i} = {i}" for i in range(300)) + "\n    def inner():\n        return " + " + ".join(f"c{i}" for i in range(300)) + "\n    return inner()\n", space)
print(space["outer"]())
