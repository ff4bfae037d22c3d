"""Stands in for pyperf: enough for pyperformance's programs, with nothing but sys and time.

Started as `run_benchmark.py LOOPS SAMPLES [NAME]`: a fixed number of loops makes a sample, so that every interpreter does
the same work. Each sample is a line of its own, with both clocks, as soon as it is there:

    SAMPLE name wall-seconds cpu-seconds

After the last one comes `DONE`, and the program waits for a line on standard input, so that whoever started it can look
at the memory of a process that has done everything and is still there.
"""

import sys
import time

perf_counter = time.perf_counter


class Arguments:
    """Takes the place of argparse: every option has its default."""

    def __init__(self):
        self.defaults = {}

    def add_argument(self, *names, **settings):
        name = names[-1].lstrip("-").replace("-", "_")
        default = settings.get("default")
        if default is None and settings.get("action") == "store_true":
            default = False
        self.defaults[name] = default


class Options:
    pass


class Runner:
    def __init__(self, **settings):
        self.metadata = {}
        self.argparser = Arguments()
        self.loops = int(sys.argv[1])
        self.samples = int(sys.argv[2])
        self.only = sys.argv[3] if len(sys.argv) > 3 else None

    def parse_args(self):
        options = Options()
        for name, value in self.argparser.defaults.items():
            setattr(options, name, value)
        return options

    def bench_func(self, name, function, *arguments, **settings):
        def timed(loops):
            start = perf_counter()
            for _ in range(loops):
                function(*arguments)
            return perf_counter() - start

        self._run(name, timed)

    def bench_time_func(self, name, function, *arguments, **settings):
        """The function takes the number of loops and measures itself."""
        self._run(name, lambda loops: function(loops, *arguments))

    def _run(self, name, timed):
        if self.only is not None and self.only != name:
            return
        for _ in range(self.samples):
            cpu = time.process_time()
            wall = timed(self.loops)
            cpu = time.process_time() - cpu
            print("SAMPLE", name, wall, cpu)
            sys.stdout.flush()
        print("DONE")
        sys.stdout.flush()
        sys.stdin.readline()
