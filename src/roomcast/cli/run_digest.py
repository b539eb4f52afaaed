"""A count and a digest of the commands that a player executed, and whether all players executed the same.

Between a `start` and a `stop` in the room's log, each player adds every command to its digest when it runs it: the seq,
the sender and the arguments. Two digests are equal only if both players ran the same commands in the same order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one player executed between start and stop."""

    count: int  # commands
    digest: str  # sha-256 over them, in hexadecimal


class RunDigest:
    """Adds up commands from `start` to `stop`, and ignores all others."""

    def __init__(self) -> None:
        self.counting = False
        self.count = 0
        self.report: RunReport | None = None  # set by `stop`
        self._digest = hashlib.sha256()

    def start(self) -> None:
        self.counting = self.report is None

    def add(self, seq: int, player: str, command: str, *arguments: object) -> None:
        """Add the command of `player` that was run at `seq`."""
        if self.counting:
            self.count += 1
            self._digest.update(f"{seq} {player} {command}{arguments}\n".encode())

    def stop(self) -> None:
        if self.counting:
            self.counting = False
            self.report = RunReport(self.count, self._digest.hexdigest())


def differences(name: str, mine: RunReport, others: Mapping[str, RunReport | None]) -> list[str]:
    """A sentence for each of `others` that did not execute what `name` did, or did not report.

    >>> differences("ada", RunReport(2, "a1"), {"alan": RunReport(2, "a1"), "grace": RunReport(1, "b2")})
    ['grace ran 1 command, but ada ran 2.']
    """
    found = []
    for other, report in others.items():
        if report is None:
            found.append(f"{other} did not report what it ran.")
        elif report.count != mine.count:
            found.append(f"{other} ran {commands(report.count)}, but {name} ran {mine.count:,}.")
        elif report != mine:
            found.append(f"{other} ran as many commands as {name}, but not the same ones in the same order.")
    return found


def commands(count: int) -> str:
    """A number of commands, in words.

    >>> commands(1), commands(1200)
    ('1 command', '1,200 commands')
    """
    return f"{count:,} command{'' if count == 1 else 's'}"
