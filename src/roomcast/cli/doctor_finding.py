"""One finding of `roomcast doctor`: what it found, how serious it is, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    GOOD = "good"
    NOTE = "note"  # neither good nor bad: something to know
    WARNING = "warning"  # may keep somebody out
    BROKEN = "broken"  # keeps everybody out


SIGNS: Final = {Severity.GOOD: "✓", Severity.NOTE: "›", Severity.WARNING: "!", Severity.BROKEN: "✗"}
STYLES: Final = {Severity.GOOD: "green", Severity.NOTE: "cyan", Severity.WARNING: "yellow", Severity.BROKEN: "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report, under the heading `topic`."""

    level: Severity
    topic: str
    words: str
    todo: str = ""

    def as_json(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}
