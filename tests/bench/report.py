"""Turns samples into tables: least and median on both clocks, first sample and warm, ratios, geometric means."""

import math
import statistics
from dataclasses import dataclass


@dataclass
class Run:
    """One process: seconds per sample on the wall clock and of CPU time, MiB at its peak; or why it failed."""

    wall: list[float]
    cpu: list[float]
    peak: float | None
    failure: str | None = None


@dataclass
class Cell:
    """What is known of one interpreter on one benchmark."""

    runs: list[Run]

    @property
    def failure(self) -> str | None:
        return next((run.failure for run in self.runs if run.failure), None)

    def samples(self, clock: str, warm: bool) -> list[float]:
        """Of every process its first sample, or all later ones."""
        series = [getattr(run, clock) for run in self.runs]
        return [sample for samples in series for sample in (samples[1:] if warm else samples[:1])]

    @property
    def peak(self) -> float | None:
        return max((run.peak for run in self.runs if run.peak), default=None)


SECTIONS = [
    ("Warm, wall clock", "wall", True),
    ("Warm, CPU time of all threads", "cpu", True),
    ("First sample of a process, wall clock", "wall", False),
    ("First sample of a process, CPU time of all threads", "cpu", False),
]


def render(facts: list[str], results: dict[str, dict[str, list[Run]]], startup: dict[str, Run] | None) -> str:
    blocks = ["# Benchmarks", "\n".join(f"- {fact}" for fact in facts)]
    cells = {name: {label: Cell(runs) for label, runs in row.items()} for name, row in results.items()}
    if cells:
        blocks += [section(title, cells, clock, warm) for title, clock, warm in SECTIONS]
        blocks.append(memory(cells))
    if startup:
        blocks.append(startup_table(startup))
    return "\n\n".join(blocks)


def section(title: str, cells: dict[str, dict[str, Cell]], clock: str, warm: bool) -> str:
    peer, subject = labels(cells)
    rows = [("benchmark", f"{peer} least", f"{peer} median", f"{subject} least", f"{subject} median", "ratio least", "ratio median")]
    ratios: tuple[list[float], list[float]] = ([], [])
    for name, row in cells.items():
        if failure := row[peer].failure or row[subject].failure:
            rows.append((name, *figures(row[peer], clock, warm), *figures(row[subject], clock, warm), "-", "-"))
            rows.append((f"  {failure}", "", "", "", "", "", ""))
            continue
        base, own = row[peer].samples(clock, warm), row[subject].samples(clock, warm)
        pair = (min(own) / min(base), statistics.median(own) / statistics.median(base))
        for collected, ratio in zip(ratios, pair):
            collected.append(ratio)
        rows.append((name, *figures(row[peer], clock, warm), *figures(row[subject], clock, warm), *(f"{r:.3f}" for r in pair)))
    means = tuple(f"{geometric_mean(collected):.3f}" if collected else "-" for collected in ratios)
    rows.append((f"geometric mean of {len(ratios[0])}", "", "", "", "", *means))
    return f"## {title}\n\nSeconds; a ratio is {subject} / {peer}: below 1 is faster.\n\n{table(rows)}"


def figures(cell: Cell, clock: str, warm: bool) -> tuple[str, str]:
    samples = cell.samples(clock, warm)
    if cell.failure or not samples:
        return ("fails", "fails")
    return (f"{min(samples):.4f}", f"{statistics.median(samples):.4f}")


def memory(cells: dict[str, dict[str, Cell]]) -> str:
    peer, subject = labels(cells)
    rows = [("benchmark", f"{peer} MiB", f"{subject} MiB", "ratio")]
    for name, row in cells.items():
        base, own = row[peer].peak, row[subject].peak
        ratio = f"{own / base:.2f}" if base and own else "-"
        rows.append((name, *(f"{peak:.1f}" if peak else "-" for peak in (base, own)), ratio))
    return f"## Peak memory\n\n{table(rows)}"


def startup_table(startup: dict[str, Run]) -> str:
    rows = [("interpreter", "wall least", "wall median", "CPU least", "CPU median", "peak MiB")]
    for label, run in startup.items():
        if run.failure:
            rows.append((label, run.failure, "", "", "", ""))
            continue
        numbers = (min(run.wall), statistics.median(run.wall), min(run.cpu), statistics.median(run.cpu))
        rows.append((label, *(f"{number * 1000:.1f} ms" for number in numbers), f"{run.peak:.1f}" if run.peak else "-"))
    return f"## Start-up: `-c pass`\n\n{table(rows)}"


def labels(cells: dict[str, dict[str, Cell]]) -> tuple[str, str]:
    """The peer, then the subject."""
    peer, subject = next(iter(cells.values()))
    return peer, subject


def geometric_mean(ratios: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, ratios)))


def table(rows: list[tuple[str, ...]]) -> str:
    """A Markdown table with aligned columns; the first column to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(row: tuple[str, ...]) -> str:
        padded = [cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join("-" * (width + 1) + ("-" if i == 0 else ":") for i, width in enumerate(widths)) + "|"
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])
