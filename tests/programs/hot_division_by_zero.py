# A division by zero deep in float arithmetic, after the loop is hot: with the operands in either order.
def right_is_computed(n, stop):
    total = 0.0
    for i in range(n):
        x = (i - stop) * 0.5
        try:
            total += 4.0 / (x * x + 0.0)
        except ZeroDivisionError as e:
            total -= 1.0
            print("right", i, x, e)
    return total


def left_is_computed(n, stop):
    total = 0.0
    for i in range(n):
        x = float(i - stop)
        try:
            total += (x * x + 1.5) / x
        except ZeroDivisionError as e:
            total -= 1.0
            print("left", i, x, e)
    return total


def both_are_computed(n, stop):
    total = 0.0
    for i in range(n):
        x = float(i - stop)
        try:
            total += (x + 3.0) / (x * 2.0) + 10.0 / (5.0 / (x + 0.5))
        except ZeroDivisionError as e:
            total -= 1.0
            print("both", i, x, e)
    return total


for stop in (5, 90, 200):
    print(right_is_computed(200, stop), left_is_computed(200, stop), both_are_computed(200, stop))
