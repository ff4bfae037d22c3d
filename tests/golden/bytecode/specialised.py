# inspect: --adaptive
class Point:
    def __init__(self, x):
        self.x = x

    def moved(self):
        return Point(self.x + 1)


def cold(a):
    return a + a


def mixed(a, b):
    return a + b


point = Point(0)
for i in range(100):
    point = point.moved()
    mixed(i, i)
    mixed([i], [i])
print(point.x)
