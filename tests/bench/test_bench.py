"""Tests of the benchmark driver, with the Python that runs them in the place of both interpreters."""

import sys
import tempfile
import unittest
from pathlib import Path

from bench import Benchmark, Interpreter, Settings, clean_environment, measure, measure_startup
from report import Run, geometric_mean, render

HERE = Path(__file__).resolve().parent
PROGRAM = """\
import pyperf

runner = pyperf.Runner()
runner.argparser.add_argument("--size", type=int, default=3)
size = runner.parse_args().size
calls = []
runner.bench_func("other", lambda: 1 / 0)
runner.bench_func("tiny", calls.append, size)
assert calls == [3] * 10, calls
"""


class Measuring(unittest.TestCase):
    def run_program(self, source: str, limit: float = 60) -> Run:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "tiny")
            program.mkdir()
            (program / "run_benchmark.py").write_text(source)
            (program / "pyperf.py").write_text((HERE / "pyperf.py").read_text())
            settings = Settings(Path(folder), samples=2, limit=limit, environment=clean_environment())
            return measure(Interpreter("python", [sys.executable]), Benchmark("tiny", 5), settings)

    def test_both_clocks_and_the_memory_of_each_process_are_read(self):
        run = self.run_program(PROGRAM)
        self.assertIsNone(run.failure)
        self.assertEqual((len(run.wall), len(run.cpu)), (2, 2))
        self.assertGreater(run.peak, 1)

    def test_a_failing_program_says_why(self):
        run = self.run_program("raise SystemExit('no such thing')")
        self.assertEqual(run.failure, "exit code 1: no such thing")

    def test_a_hanging_program_is_given_up(self):
        run = self.run_program("while True: pass", limit=0.5)
        self.assertEqual(run.failure, "no result in 0.5 s")

    def test_startup_is_measured_in_turns(self):
        interpreters = [Interpreter("a", [sys.executable, "-S"]), Interpreter("b", ["/bin/false"])]
        settings = Settings(HERE, samples=2, limit=60, environment=clean_environment())
        runs = measure_startup(interpreters, 2, settings)
        self.assertEqual(len(runs["a"].wall), 2)
        self.assertGreater(runs["a"].peak, 1)
        self.assertEqual(runs["b"].failure, "exit code 1")


class Reporting(unittest.TestCase):
    def test_first_samples_and_warm_ones_are_apart(self):
        base = Run([4.0, 1.0, 3.0, 2.0], [4.0, 1.0, 3.0, 2.0], 10.0)
        own = Run([8.0, 0.5, 0.5, 4.0], [2.0, 1.0, 3.0, 2.0], 30.0)
        text = render(["a fact"], {"x": {"CPython": [base], "Taipan": [own]}}, None)
        warm, first = (section.splitlines() for section in (text.split("## ")[1], text.split("## ")[3]))
        self.assertEqual(warm[6].split(), "| x | 1.0000 | 2.0000 | 0.5000 | 0.5000 | 0.500 | 0.250 |".split())
        self.assertEqual(first[6].split(), "| x | 4.0000 | 4.0000 | 8.0000 | 8.0000 | 2.000 | 2.000 |".split())
        self.assertIn("3.00", text.split("## Peak memory")[1])

    def test_a_failure_is_shown_and_stays_out_of_the_mean(self):
        good, bad = Run([1.0, 1.0], [1.0, 1.0], None), Run([], [], None, failure="exit code 9")
        results = {"x": {"CPython": [good], "Taipan": [bad]}, "y": {"CPython": [good], "Taipan": [good]}}
        text = render([], results, {"CPython": good, "Taipan": bad})
        self.assertIn("exit code 9", text)
        self.assertIn("geometric mean of 1", text)

    def test_geometric_mean(self):
        self.assertAlmostEqual(geometric_mean([0.5, 2.0, 8.0]), 2.0)


if __name__ == "__main__":
    unittest.main()
