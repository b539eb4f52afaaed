"""Detects desync: programs hash their own state after the same entries, and the room compares the hashes.

The same commands in the same order lead to different states if a program uses its own randomness or clock. The first
difference is sent to everyone, with the seq at which it was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

HASHES_WITHIN: Final = 3.0  # seconds that we wait for the others' hashes
_MAX_SEQS: Final = 50  # places compared at a time


@dataclass(slots=True)
class _Place:
    """The hashes of one place in the order."""

    since: float
    hashes: dict[str, str] = field(default_factory=dict)  # by player


class StateChecks:
    """The hashes of one room's players."""

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}
        self._found = False  # only the first difference is told: all later ones follow from it

    def add(self, player: str, seq: int, digest: str, now: float) -> None:
        """Take a player's hash of its state after the entry at `seq`."""
        if self._found:
            return
        if seq not in self._places and len(self._places) >= _MAX_SEQS:
            del self._places[min(self._places)]
        self._places.setdefault(seq, _Place(now)).hashes[player] = digest

    def find(self, now: float, connected: Iterable[str]) -> tuple[int, list[str]] | None:
        """The first seq with a difference, and the ids of the players who differ from most; None: no difference so far.

        A seq is judged when all `connected` players have sent a hash for it, or after `HASHES_WITHIN` seconds:
        some programs send none, and one that has sent none yet may be about to.
        """
        for seq in sorted(self._places):
            place = self._places[seq]
            if len(set(place.hashes.values())) > 1:
                complete = place.hashes.keys() >= set(connected)
                if not complete and now - place.since < HASHES_WITHIN:
                    return None
                self._found = True
                self._places.clear()
                return seq, _who_differs(place.hashes)
        return None


def _who_differs(hashes: dict[str, str]) -> list[str]:
    """The players whose hash is not that of the majority; all of them, if there is no majority."""
    (common, most), (_, second), *_ = Counter(hashes.values()).most_common()
    return [player for player, digest in hashes.items() if digest != common or most == second]
