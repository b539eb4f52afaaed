"""When a rate counts as held, and a measurement as disturbed. The C load generator is given the same numbers."""

from __future__ import annotations

from typing import Final

from roomcast.loadtest.workloads import Step

HELD_WITHIN: Final = 50.0  # ms: a rate is held if the 99th percentile of the latency is below this
# Run delay, as a share of a step's time: the players or the server were runnable, but another program had the core.
# Above this share a failure says nothing about the server, and the step is repeated.
DISTURBED: Final = 0.02
_LATE: Final = 0.25  # share of HELD_WITHIN: players further behind their schedule are the bottleneck themselves


def is_held(step: Step) -> bool:
    """Whether every copy arrived, in order and in time."""
    return step.whole and not step.given_up and not step.trouble and step.p99 < HELD_WITHIN


def is_disturbed(*run_delays: float) -> bool:
    """Whether any of the programs measured had to wait for a core too long. Run delays are shares of a step's time."""
    return max(run_delays, default=0.0) > DISTURBED


def is_limited_by_load(step: Step) -> bool:
    """Whether the players were so far behind their schedule that the server could have done more."""
    return step.late_p99 > HELD_WITHIN * _LATE
