"""Detects desync: programs hash their own state after the same entries, and the room compares the hashes.

The same commands in the same order lead to different states if a program uses its own randomness or clock. The first
difference is sent to everyone, with the seq at which it was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
        self._different: set[int] = set()  # those of them at which hashes differ
        self._found = False  # only the first difference is told: all later ones follow from it

    def add(self, player: str, seq: int, digest: str, now: float) -> None:
        """Take a player's hash of its state after the entry at `seq`."""
        if self._found:
            return
        if seq not in self._places and len(self._places) >= _MAX_SEQS:
            oldest = min(self._places)
            del self._places[oldest]
            self._different.discard(oldest)
        hashes = self._places.setdefault(seq, _Place(now)).hashes
        hashes[player] = digest
        self._compare(seq, hashes)

    def forget(self, player: str) -> None:
        """A player has left, and its hashes with it."""
        for seq, place in self._places.items():
            if place.hashes.pop(player, None) is not None:
                self._compare(seq, place.hashes)

    def _compare(self, seq: int, hashes: dict[str, str]) -> None:
        if len(set(hashes.values())) > 1:
            self._different.add(seq)
        else:
            self._different.discard(seq)

    def find(self, now: float, connected: Callable[[], Iterable[str]]) -> tuple[int, list[str]] | None:
        """The first seq with a difference, and the ids of the players who differ from most; None: no difference so far.

        A seq is judged when all `connected` players have sent a hash for it, or after `HASHES_WITHIN` seconds:
        some programs send none, and one that has sent none yet may be about to.
        """
        if not self._different:
            return None
        seq = min(self._different)
        place = self._places[seq]
        if now - place.since < HASHES_WITHIN and not all(player in place.hashes for player in connected()):
            return None
        self._found = True
        self._places.clear()
        self._different.clear()
        return seq, who_differs(place.hashes)


def who_differs(hashes: Mapping[str, str]) -> list[str]:
    """The players whose hash is not that of the majority; all of them, if there is no majority; none, if all agree."""
    if len(set(hashes.values())) < 2:
        return []
    (common, most), (_, second), *_ = Counter(hashes.values()).most_common()
    return [player for player, digest in hashes.items() if digest != common or most == second]
