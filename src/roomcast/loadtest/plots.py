"""The outcome as a picture: bars in the terminal, and a PNG where matplotlib is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from roomcast.errors import BadArgument
from roomcast.loadtest.criteria import HELD_WITHIN
from roomcast.loadtest.workloads import Outcome, Step

_PARTS: Final = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int) -> str:
    """A bar that fills a share (0 to 1) of the width, to an eighth of a character.

    >>> bar(0.5, 4), bar(0.3, 4), bar(2.0, 4)
    ('██  ', '█▎  ', '████')
    """
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_PARTS[rest] if rest else "")).ljust(width)


def best(steps: Sequence[Step]) -> list[Step]:
    """One step for each rate, sorted by rate; of several tries, the one with the lowest latency."""
    by_rate: dict[float, Step] = {}
    for step in steps:
        if step.rate not in by_rate or step.p99 < by_rate[step.rate].p99:
            by_rate[step.rate] = step
    return [by_rate[rate] for rate in sorted(by_rate)]


def bars(steps: Sequence[Step], width: int) -> list[str]:
    """Latency against rate, one line for each; a full bar is the limit of what counts as held, or more."""
    lines = []
    for step in best(steps):
        sign = "" if step.p99 < HELD_WITHIN and step.whole else "  not held"
        lines.append(f"{step.rate:13,.0f} ▕{bar(step.p99 / HELD_WITHIN, width)}▏ {step.p99:.1f} ms{sign}")
    return lines


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def png(outcomes: Sequence[Outcome], file: Path) -> None:
    """Draw latency and processor time against rate, one curve for each workload.

    Raises `BadArgument` where matplotlib is not installed.
    """
    if not can_draw():
        raise BadArgument(
            "a PNG needs matplotlib: pip install 'roomcast[bench]'; without it there is a plot in the terminal",
            topic="install",
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
        costs = [(step.rate, step.time_per_copy) for step in steps if step.time_per_copy is not None]
        below.plot(*zip(*costs, strict=True), "o-", markersize=3, color=line.get_color()) if costs else None
    above.axhline(HELD_WITHIN, color="grey", linewidth=0.8)
    above.set(yscale="log", ylabel="latency, ms")
    above.legend(fontsize="small")
    below.set(xscale="log", yscale="log", xlabel="copies a second", ylabel="µs of the server's processor a copy")
    for axes in (above, below):
        axes.grid(visible=True, which="major", linewidth=0.3)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
