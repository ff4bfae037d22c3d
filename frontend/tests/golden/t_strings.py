t"hello {name!r:>{width}} and {x = }"
t"" t"{a}{b}"
t"{ x + y }"
