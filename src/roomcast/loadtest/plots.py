"""A picture of an outcome: bars in the terminal, and a PNG where matplotlib is there."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from roomcast.errors import BadArgument
from roomcast.loadtest.workloads import Outcome, Step

_PARTS: Final = " ▏▎▍▌▋▊▉█"
LIMIT: Final = 50.0  # ms


def bar(share: float, width: int) -> str:
    """A bar of that share of the width, to an eighth of a character.

    >>> bar(0.5, 4), bar(0.3, 4), bar(2.0, 4)
    ('██  ', '█▎  ', '████')
    """
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_PARTS[rest] if rest else "")).ljust(width)


def best(steps: Sequence[Step]) -> list[Step]:
    """One step a rate, the lowest rate first: where a rate was tried twice, the better one."""
    by_rate: dict[float, Step] = {}
    for step in steps:
        if step.rate not in by_rate or step.p99 < by_rate[step.rate].p99:
            by_rate[step.rate] = step
    return [by_rate[rate] for rate in sorted(by_rate)]


def bars(steps: Sequence[Step], width: int) -> list[str]:
    """Latency against rate, a line each: full bars are 50 ms and more."""
    lines = []
    for step in best(steps):
        sign = "" if step.p99 < LIMIT and step.whole else "  not held"
        lines.append(f"{step.rate:13,.0f} ▕{bar(step.p99 / LIMIT, width)}▏ {step.p99:.1f} ms{sign}")
    return lines


def can_draw() -> bool:
    """Whether there is what PNG needs."""
    return importlib.util.find_spec("matplotlib") is not None


def png(outcomes: Sequence[Outcome], file: Path) -> None:
    """Latency and processor time against rate, a curve a workload. Raises `BadArgument` where it cannot be drawn."""
    if not can_draw():
        raise BadArgument(
            "a PNG needs matplotlib: pip install 'roomcast[bench]'; without it there is a plot in the terminal"
        )
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, sharex=True, figsize=(7, 6), layout="constrained")
    for outcome in outcomes:
        steps = best(outcome.steps)
        rates = [step.rate for step in steps]
        (line,) = above.plot(
            rates, [step.p99 for step in steps], "o-", markersize=3, label=f"{outcome.workload.letter} p99"
        )
        above.plot(
            rates, [step.p50 for step in steps], ":", color=line.get_color(), label=f"{outcome.workload.letter} p50"
        )
        costs = [(step.rate, step.a_copy) for step in steps if step.a_copy is not None]
        below.plot(*zip(*costs, strict=True), "o-", markersize=3, color=line.get_color()) if costs else None
    above.axhline(LIMIT, color="grey", linewidth=0.8)
    above.set(yscale="log", ylabel="latency, ms")
    above.legend(fontsize="small")
    below.set(xscale="log", yscale="log", xlabel="copies a second", ylabel="µs of the server's processor a copy")
    for axes in (above, below):
        axes.grid(visible=True, which="major", linewidth=0.3)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
