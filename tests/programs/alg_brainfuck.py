# An interpreter for a tiny language: a dispatch loop over characters.
def run(source, data=""):
    jumps, stack = {}, []
    for i, c in enumerate(source):
        if c == "[":
            stack.append(i)
        elif c == "]":
            j = stack.pop()
            jumps[i], jumps[j] = j, i
    tape, pointer, pc, out = [0] * 64, 0, 0, []
    characters = iter(data)
    steps = 0
    while pc < len(source):
        c = source[pc]
        if c == ">":
            pointer += 1
        elif c == "<":
            pointer -= 1
        elif c == "+":
            tape[pointer] = tape[pointer] + 1 & 255
        elif c == "-":
            tape[pointer] = tape[pointer] - 1 & 255
        elif c == ".":
            out.append(chr(tape[pointer]))
        elif c == ",":
            tape[pointer] = ord(next(characters, "\0"))
        elif c == "[":
            if not tape[pointer]:
                pc = jumps[pc]
        elif c == "]":
            if tape[pointer]:
                pc = jumps[pc]
        pc += 1
        steps += 1
    return "".join(out), steps


HELLO = "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++."
print(run(HELLO))
print(run(",[.,]", "echo"), run(",>,[<+>-]<.", "!\x20"), run("++++[>+++++<-]>[<+++++>-]+<+[>[>+>+<<-]++>>[<<+>>-]>>>[-]++>[-]+>>>+[[-]++++++>>>]<<<[[<++++++++<++>>-]+<.<[>----<-]<]<<[>>>>>[>>>[-]+++++++++<[>-<-]+++++++++>[-[<->-]+[<<<]]<[>+<-]>]<<-]<<-]")[1])
reverse = ">,[>,]<[.<]"
print(run(reverse, "stressed"))
try:
    run("]")
except IndexError as error:
    print(error)
