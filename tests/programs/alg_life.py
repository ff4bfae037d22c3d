# Conway's game of life on a torus, by sets and by lists.
def step_set(cells, width, height):
    counts = {}
    for x, y in cells:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    key = ((x + dx) % width, (y + dy) % height)
                    counts[key] = counts.get(key, 0) + 1
    return {cell for cell, n in counts.items() if n == 3 or n == 2 and cell in cells}


def step_list(grid):
    height, width = len(grid), len(grid[0])
    out = []
    for y in range(height):
        row = []
        for x in range(width):
            n = -grid[y][x]
            for j in (y - 1, y, (y + 1) % height):
                for i in (x - 1, x, (x + 1) % width):
                    n += grid[j][i]
            row.append(1 if n == 3 or n == 2 and grid[y][x] else 0)
        out.append(row)
    return out


def show(cells, width, height):
    return "\n".join("".join("#" if (x, y) in cells else "." for x in range(width)) for y in range(height))


W, H = 16, 10
cells = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2), (8, 5), (9, 5), (10, 5)}
grid = [[1 if (x, y) in cells else 0 for x in range(W)] for y in range(H)]
for generation in range(24):
    if generation % 8 == 0:
        print(show(cells, W, H))
        print()
    cells = step_set(cells, W, H)
    grid = step_list(grid)
    assert {(x, y) for y in range(H) for x in range(W) if grid[y][x]} == cells
print(len(cells), sorted(cells))
