# A discrete event simulation with generators as processes.
class Random:
    def __init__(self, seed):
        self.state = seed

    def next(self, low, high):
        self.state = self.state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        return low + (self.state >> 33) % (high - low)


class Simulation:
    def __init__(self):
        self.now = 0
        self.queue = []
        self.sequence = 0

    def schedule(self, delay, process):
        self.sequence += 1
        entry = (self.now + delay, self.sequence, process)
        low, high = 0, len(self.queue)
        while low < high:
            middle = (low + high) // 2
            if self.queue[middle][:2] > entry[:2]:
                low = middle + 1
            else:
                high = middle
        self.queue.insert(low, entry)

    def run(self, until):
        while self.queue and self.queue[-1][0] <= until:
            self.now, _, process = self.queue.pop()
            try:
                request = next(process)
            except StopIteration:
                continue
            if isinstance(request, int):
                self.schedule(request, process)
            else:
                request.acquire(self, process)


class Counter:
    def __init__(self, name, servers):
        self.name, self.free, self.waiting = name, servers, []
        self.longest = 0

    def acquire(self, simulation, process):
        if self.free:
            self.free -= 1
            simulation.schedule(0, process)
        else:
            self.waiting.append(process)
            self.longest = max(self.longest, len(self.waiting))

    def release(self, simulation):
        if self.waiting:
            simulation.schedule(0, self.waiting.pop(0))
        else:
            self.free += 1


served = []


def customer(simulation, random, counters, number):
    arrived = simulation.now
    for counter in counters[: 1 + number % len(counters)]:
        yield counter
        yield random.next(3, 12)
        counter.release(simulation)
    served.append((number, simulation.now - arrived))


def arrivals(simulation, random, counters, n):
    for number in range(n):
        simulation.schedule(0, customer(simulation, random, counters, number))
        yield random.next(1, 7)


simulation, random = Simulation(), Random(2024)
counters = [Counter("teller", 2), Counter("advice", 1)]
simulation.schedule(0, arrivals(simulation, random, counters, 250))
simulation.run(900)
print(simulation.now, len(served), served[:5], max(t for _, t in served))
simulation.run(10**6)
print(simulation.now, len(served), sum(t for _, t in served), [(c.name, c.free, c.longest) for c in counters])
