"""What one program has received of its room: compared with the room's true log."""

from __future__ import annotations

from dataclasses import dataclass

from roomcast.testing.actions import ActionLog
from roomcast.testing.true_log import TrueLog


@dataclass(frozen=True, slots=True)
class WelcomeContext:
    """What the server's side looked like when it welcomed a program."""

    log: TrueLog  # of the room that the program was let into
    away_for: float  # seconds since the server noticed the loss of the session's last connection
    window: float  # seconds after which the server may forget a session: `Limits.resume_window`


class ProgramView:
    """One program's position in the log and its history of sessions. `program_audit.py` keeps it up to date."""

    def __init__(self, name: str) -> None:
        self.actions = ActionLog(name)
        self.me = ""  # its player's id
        self.log: TrueLog  # that it reads from, since its first welcome
        self.seq = 0  # of the last entry that it has run
        self.sessions = 0  # number of sessions that it has had
        self.heard = 0  # number of entries run
        self.missed = 0  # number of skips and losses reported to it
        self.commands = 0  # number of commands run, calls with bytes left out
        self.shared = False  # a second program has used its session, and may have left the room for both
        self.present = True  # it is to be in the room when the simulation settles

    @property
    def name(self) -> str:
        return self.actions.name

    def __str__(self) -> str:
        return self.name
