"""What a check found: the steps that it tried, and what is missing, in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception that the learner's program showed."""

    line: int  # in the learner's file; 0 where no line of it is in the traceback
    code: str  # that line, as it is written
    error: str  # the traceback's last line: "KeyError: 'Ada'"
    meaning: str  # what that means, in a sentence or two; "" where nothing is known about it


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is missing."""

    sentence: str  # "Your server sends a line back to the one who wrote it."
    tried: str  # what the check did
    saw: str  # what came of it
    expected: str
    hint: str
    fault: Fault | None = None
    of_file: bool = True  # False: something that this computer lacks, so that no step could be tried


class Missing(Exception):  # it ends a check, and is no error of the program
    """Raised by a check where it finds something missing; `finding` says what."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.sentence)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one check."""

    chapter: int
    file: str
    steps: tuple[str, ...]  # all of them, in their order
    passed: int  # so many of them are right
    finding: Finding | None  # what is missing in the next one; None where all are right
