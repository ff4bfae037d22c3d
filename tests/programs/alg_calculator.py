# A tokenizer, a recursive-descent parser and an evaluator of expressions.
class Token:
    def __init__(self, kind, value):
        self.kind, self.value = kind, value

    def __repr__(self):
        return f"{self.kind}:{self.value}"


def tokenize(text):
    i = 0
    while i < len(text):
        c = text[i]
        if c.isspace():
            i += 1
        elif c.isdigit() or c == ".":
            j = i
            while j < len(text) and (text[j].isdigit() or text[j] == "."):
                j += 1
            number = text[i:j]
            yield Token("num", float(number) if "." in number else int(number))
            i = j
        elif c.isalpha():
            j = i
            while j < len(text) and text[j].isalnum():
                j += 1
            yield Token("name", text[i:j])
            i = j
        elif text[i : i + 2] == "**":
            yield Token("op", "**")
            i += 2
        elif c in "+-*/()%,=":
            yield Token("op", c)
            i += 1
        else:
            raise SyntaxError(f"unexpected {c!r} at {i}")
    yield Token("end", None)


class Parser:
    functions = {"max": max, "min": min, "abs": abs, "sq": lambda x: x * x}

    def __init__(self, text, variables):
        self.tokens = list(tokenize(text))
        self.position = 0
        self.variables = variables

    @property
    def current(self):
        return self.tokens[self.position]

    def accept(self, *values):
        if self.current.kind == "op" and self.current.value in values:
            self.position += 1
            return self.tokens[self.position - 1].value
        return None

    def expect(self, value):
        if not self.accept(value):
            raise SyntaxError(f"expected {value}, got {self.current}")

    def statement(self):
        if self.current.kind == "name" and self.tokens[1].value == "=":
            name = self.current.value
            self.position += 2
            self.variables[name] = self.expression()
            result = self.variables[name]
        else:
            result = self.expression()
        if self.current.kind != "end":
            raise SyntaxError(f"trailing {self.current}")
        return result

    def expression(self):
        value = self.term()
        while op := self.accept("+", "-"):
            right = self.term()
            value = value + right if op == "+" else value - right
        return value

    def term(self):
        value = self.unary()
        while op := self.accept("*", "/", "%"):
            right = self.unary()
            value = value * right if op == "*" else value / right if op == "/" else value % right
        return value

    def unary(self):
        if self.accept("-"):
            return -self.unary()
        return self.power()

    def power(self):
        base = self.atom()
        if self.accept("**"):
            return base ** self.unary()
        return base

    def atom(self):
        token = self.current
        if self.accept("("):
            value = self.expression()
            self.expect(")")
            return value
        self.position += 1
        if token.kind == "num":
            return token.value
        if token.kind == "name":
            if self.accept("("):
                arguments = [self.expression()]
                while self.accept(","):
                    arguments.append(self.expression())
                self.expect(")")
                return self.functions[token.value](*arguments)
            return self.variables[token.value]
        raise SyntaxError(f"unexpected {token}")


variables = {}
for line in ("1 + 2 * 3", "(1 + 2) * 3", "-2 ** 2", "2 ** 3 ** 2", "x = 10 % 4 + .5", "x * x", "max(1, x, 2) + abs(-7)", "1 / 0", "2 +", "y + 1", "3 $ 4", "sq(sq(sq(9)))", "(1", "nope(1)", "10 / 4 - 1", "2 ** 100", "1 2"):
    try:
        print(line, "=", Parser(line, variables).statement())
    except Exception as error:
        print(line, "->", type(error).__name__, error)
total = 0
for i in range(120):
    variables["n"] = i
    total += Parser("(n * 3 + 4) * n - n ** 2 / (n + 1)", variables).statement()
print(total, variables)
