"""The promises that every simulation checks while it runs: `…_invariants.py` has a function for each way to break one.

A *true log* is the complete log of a room, from its first entry (true_log.py). A *view* is what one program has
received of it (program_view.py), its *actions* what it sent (actions.py). `seq` is an entry's place: 1, 2, 3 …
"""

from __future__ import annotations

from typing import Final

ORDER: Final = "one order for all"
SKIP: Final = "skips are reported, and needed"
LOSS: Final = "losses are reported"
KEPT: Final = "acknowledged means kept"
ONCE: Final = "each command at most once"
COUNTS: Final = "sums are right, and the first claim wins"
FRESH: Final = "what is outdated is not sent, and nothing else is dropped"
FOLD: Final = "state is the fold"
HERE: Final = "presence is right"
TIME: Final = "time never goes back"
TIMERS: Final = "timers run once, in one order"
OWN: Final = "programs have the same state of their own, whenever they came"
BEGIN: Final = "who asks for the beginning, or for a world, gets it, and is not let wait"
WORLD: Final = "a world is that of most, and who differs from most is named"
BOUNDS: Final = "memory has bounds"
WHOLE: Final = "no half-made change is ever seen"
LEAK: Final = "nobody is sent what is for others"
VIEW: Final = "everyone has what it may see"
TRUTH: Final = "what is restored is what was committed"
ROOM_TIMERS: Final = "timers of rules run once, when they are due"
END: Final = "in the end, everything has arrived"
PROMISES: Final = (
    ORDER, SKIP, LOSS, KEPT, ONCE, COUNTS, FRESH, FOLD, HERE, TIME, TIMERS, OWN, BEGIN, WORLD, BOUNDS,
    WHOLE, LEAK, VIEW, TRUTH, ROOM_TIMERS, END,
)  # fmt: skip
"""What a simulation checks while it runs, a phrase each: `Broken.promise` is one of them."""


class Broken(AssertionError):
    """A promise is broken. `promise` is one of `PROMISES`."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(promise, what)
        self.promise = promise

    def __str__(self) -> str:
        return ": ".join(self.args)
