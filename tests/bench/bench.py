"""Measures Taipan against a CPython on programs of pyperformance, on start-up and on memory.

Driven by any Python 3.11 or newer; see README.md in this folder.
"""

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from report import Run, render

HERE = Path(__file__).resolve().parent
PYPERFORMANCE = "1.14.0"


@dataclass(frozen=True)
class Benchmark:
    name: str
    loops: int
    """Repetitions in one sample, chosen so that CPython 3.14 needs about 0.2 to 0.5 s for it."""


BENCHMARKS = [
    Benchmark("nbody", 4),
    Benchmark("fannkuch", 1),
    Benchmark("spectral_norm", 4),
    Benchmark("richards", 8),
    Benchmark("richards_super", 8),
    Benchmark("deltablue", 128),
    Benchmark("nqueens", 4),
    Benchmark("unpack_sequence", 32768),
]

STARTUP = "startup"


@dataclass
class Interpreter:
    label: str
    command: list[str]
    version: str = "?"


@dataclass
class Settings:
    suite: Path
    samples: int
    limit: float
    environment: dict[str, str] = field(default_factory=dict)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./x bench", description="Measure Taipan against a CPython.")
    parser.add_argument("names", nargs="*", help=f"benchmarks, or {STARTUP} (default: all)")
    parser.add_argument("--peer", default=os.environ.get("TAIPAN_ORACLE"), help="the CPython (default: $TAIPAN_ORACLE)")
    parser.add_argument("--taipan", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3, help="fresh processes per benchmark and interpreter (default 3)")
    parser.add_argument("--samples", type=int, default=5, help="samples per process (default 5)")
    parser.add_argument("--limit", type=float, default=240, help="seconds until a process is given up (default 240)")
    parser.add_argument("--startups", type=int, default=20, help="start-ups to measure (default 20)")
    parser.add_argument("--list", action="store_true", help="list the benchmarks")
    arguments = parser.parse_args()
    known = [benchmark.name for benchmark in BENCHMARKS] + [STARTUP]
    if arguments.list:
        print("\n".join(known))
        sys.exit()
    if unknown := [name for name in arguments.names if name not in known]:
        parser.error(f"unknown benchmark {unknown[0]} (known: {', '.join(known)})")
    if not arguments.peer:
        parser.error("no CPython to compare with: give --peer or set TAIPAN_ORACLE")
    if arguments.samples < 2:
        parser.error("--samples must be at least 2: the first one of a process is reported by itself")
    return arguments


def fetch_suite(work: Path) -> Path:
    """The unmodified programs, from PyPI, each with our stand-in for pyperf beside it."""
    suite = work / "suite"
    missing = [b.name for b in BENCHMARKS if not (suite / b.name / "run_benchmark.py").exists()]
    if missing:
        download = work / "download"
        say(f"fetching pyperformance {PYPERFORMANCE} from PyPI")
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
        subprocess.run([*pip, "-d", str(download), f"pyperformance=={PYPERFORMANCE}"], check=True)
        wheel = next(download.glob("pyperformance-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for name in missing:
                extract_program(archive, name, suite / name)
    for benchmark in BENCHMARKS:
        (suite / benchmark.name / "pyperf.py").write_text((HERE / "pyperf.py").read_text())
    return suite


def extract_program(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    inside = f"/benchmarks/bm_{name}/run_benchmark.py"
    member = next(member for member in archive.namelist() if member.endswith(inside))
    target.mkdir(parents=True, exist_ok=True)
    (target / "run_benchmark.py").write_bytes(archive.read(member))


def measure(interpreter: Interpreter, benchmark: Benchmark, settings: Settings) -> Run:
    """One fresh process: its samples on both clocks and its peak memory, or why there are none."""
    program = settings.suite / benchmark.name / "run_benchmark.py"
    command = [*interpreter.command, str(program), str(benchmark.loops), str(settings.samples), benchmark.name]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings.environment
    )
    timer = threading.Timer(settings.limit, process.kill)
    timer.start()
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr))
    reader.start()
    wall, cpu, peak = [], [], None
    for line in process.stdout:
        match line.split():
            case ["SAMPLE", benchmark.name, wall_text, cpu_text]:
                wall.append(float(wall_text))
                cpu.append(float(cpu_text))
            case ["DONE"]:
                peak = peak_memory(process.pid)
                process.stdin.close()
    code = process.wait()
    reader.join()
    timed_out = not timer.is_alive()
    timer.cancel()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    if len(wall) == settings.samples:
        return Run(wall, cpu, peak)
    reason = f"no result in {settings.limit:g} s" if timed_out else f"exit code {code}"
    last = next((line.strip() for line in reversed(errors) if line.strip()), "")
    return Run([], [], None, failure=f"{reason}: {last}" if last else reason)


def peak_memory(pid: int) -> float | None:
    """MiB that the process ever had resident: the kernel's high-water mark."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), None)


def measure_startup(interpreters: list[Interpreter], count: int, settings: Settings) -> dict[str, Run]:
    """`-c pass` in turns: from before the fork until the end of the process, and its CPU time."""
    runs = {interpreter.label: Run([], [], None) for interpreter in interpreters}
    for _ in range(count):
        for interpreter in interpreters:
            run = runs[interpreter.label]
            if run.failure:
                continue
            start = time.perf_counter()
            process = subprocess.Popen(
                [*interpreter.command, "-c", "pass"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=settings.environment,
            )  # fmt: skip
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                run.failure = f"exit code {process.returncode}"
                continue
            run.wall.append(wall)
            run.cpu.append(usage.ru_utime + usage.ru_stime)
    for interpreter in interpreters:
        if not runs[interpreter.label].failure:
            runs[interpreter.label].peak = startup_memory(interpreter, settings)
    return runs


def startup_memory(interpreter: Interpreter, settings: Settings) -> float | None:
    """The high-water mark of a process that has started and waits. (`wait4` would report ours, inherited by the fork.)"""
    process = subprocess.Popen(
        [*interpreter.command, "-c", "print('up', flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, env=settings.environment,
    )  # fmt: skip
    peak = peak_memory(process.pid) if process.stdout.readline().strip() == "up" else None
    process.communicate("\n")
    return peak


def version(command: list[str], environment: dict[str, str]) -> str:
    result = subprocess.run([*command, "--version"], capture_output=True, text=True, env=environment)
    return result.stdout.strip().partition("\n")[0] or f"version unknown, exit code {result.returncode}"


def clean_environment() -> dict[str, str]:
    """Without the variables that would change what is measured, such as a switched-off bytecode cache."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def main() -> int:
    arguments = parse_arguments()
    arguments.work.mkdir(parents=True, exist_ok=True)
    settings = Settings(fetch_suite(arguments.work), arguments.samples, arguments.limit, clean_environment())
    interpreters = [Interpreter("CPython", arguments.peer.split()), Interpreter("Taipan", arguments.taipan.split())]
    for interpreter in interpreters:
        interpreter.version = version(interpreter.command, settings.environment)
    chosen = [b for b in BENCHMARKS if not arguments.names or b.name in arguments.names]
    results: dict[str, dict[str, list[Run]]] = {b.name: {i.label: [] for i in interpreters} for b in chosen}
    for number in range(arguments.rounds):
        # The order changes from round to round, so that neither always runs on the warmer machine.
        order = interpreters if number % 2 == 0 else interpreters[::-1]
        for benchmark in chosen:
            for interpreter in order:
                run = measure(interpreter, benchmark, settings)
                results[benchmark.name][interpreter.label].append(run)
                shown = run.failure or f"{statistics.median(run.wall):.3f} s"
                say(f"round {number + 1}/{arguments.rounds} {benchmark.name} {interpreter.label}: {shown}")
    startup = None
    if not arguments.names or STARTUP in arguments.names:
        startup = measure_startup(interpreters, arguments.startups, settings)
    tier = settings.environment.get("TAIPAN_TIER", "default")
    facts = [
        f"{datetime.datetime.now():%Y-%m-%d %H:%M}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        f"{arguments.rounds} processes of {arguments.samples} samples each, interleaved; pyperformance {PYPERFORMANCE}; tier: {tier}",
        *(f"{i.label}: {i.version}" for i in interpreters),
    ]
    table = render(facts, results, startup)
    print(table)
    path = arguments.work / "results.md"
    path.write_text(table + "\n")
    say(f"written to {path}")
    failed = any(run.failure for runs in results.values() for row in runs.values() for run in row)
    failed = failed or any(run.failure for run in (startup or {}).values())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
