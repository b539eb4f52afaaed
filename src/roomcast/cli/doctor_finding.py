"""One finding of `roomcast doctor`: what it found, how serious it is, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    GOOD = "good"
    NOTE = "note"  # neither good nor bad: something to know
    WARNING = "warning"  # may keep somebody out
    BROKEN = "broken"  # keeps everybody out


SIGNS: Final = {Level.GOOD: "✓", Level.NOTE: "›", Level.WARNING: "!", Level.BROKEN: "✗"}
STYLES: Final = {Level.GOOD: "green", Level.NOTE: "cyan", Level.WARNING: "yellow", Level.BROKEN: "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report, under the heading `topic`."""

    level: Level
    topic: str
    words: str
    todo: str = ""

    def as_json(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}
