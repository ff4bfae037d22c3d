# Shortest paths with a hand-written binary heap.
class Heap:
    def __init__(self):
        self.items = []

    def push(self, item):
        items = self.items
        items.append(item)
        i = len(items) - 1
        while i and items[i] < items[(i - 1) // 2]:
            parent = (i - 1) // 2
            items[i], items[parent] = items[parent], items[i]
            i = parent

    def pop(self):
        items = self.items
        top, last = items[0], items.pop()
        if items:
            items[0] = last
            i, n = 0, len(items)
            while True:
                child = 2 * i + 1
                if child >= n:
                    break
                if child + 1 < n and items[child + 1] < items[child]:
                    child += 1
                if items[i] <= items[child]:
                    break
                items[i], items[child] = items[child], items[i]
                i = child
        return top

    def __bool__(self):
        return bool(self.items)


def grid_graph(n):
    seed = 17
    weights = {}
    for y in range(n):
        for x in range(n):
            seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
            weights[x, y] = seed >> 16 & 15
    return weights


def dijkstra(weights, start, goal):
    heap = Heap()
    heap.push((0, start))
    distance = {start: 0}
    previous = {}
    done = set()
    while heap:
        d, node = heap.pop()
        if node in done:
            continue
        done.add(node)
        if node == goal:
            break
        x, y = node
        for neighbour in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if neighbour in weights:
                candidate = d + 1 + weights[neighbour]
                if candidate < distance.get(neighbour, float("inf")):
                    distance[neighbour] = candidate
                    previous[neighbour] = node
                    heap.push((candidate, neighbour))
    path = [goal]
    while path[-1] != start:
        path.append(previous[path[-1]])
    return distance[goal], path[::-1], len(done)


weights = grid_graph(30)
cost, path, visited = dijkstra(weights, (0, 0), (29, 29))
print(cost, len(path), visited, path[:6], path[-3:])
print(sum(weights[p] + 1 for p in path[1:]) == cost)
h = Heap()
for n in [5, 2, 9, 1, 7, 3, 8, 0, 6, 4]:
    h.push(n)
print([h.pop() for _ in range(10)], bool(h))
