"""What one program has received of its room: compared with the room's true log."""

from __future__ import annotations

from dataclasses import dataclass

from roomcast.testing.actions import ActionLog
from roomcast.testing.true_log import TrueLog


@dataclass(frozen=True, slots=True)
class WelcomeContext:
    """What the server's side looked like when it welcomed a program."""

    log: TrueLog  # of the room that the program was let into
    start: str  # from where the program has asked to begin: as in `Hello`
    all_kept: bool  # the room has all of its log since the first entry
    seen: int  # seq of the last entry that the program had received, whether it has run it or not
    acknowledged: int  # index of the last of its actions that had come back: see `ActionLog`
    away_for: float  # seconds since the server noticed the loss of the session's last connection
    took_seat: int  # seq at which the player had last taken its seat; 0: it never had
    window: float  # seconds after which the server may forget a session: `Limits.resume_window`


class ProgramView:
    """One program's position in the log and its history of sessions. `program_audit.py` keeps it up to date."""

    def __init__(self, name: str) -> None:
        self.actions = ActionLog(name)
        self.me = ""  # its player's id
        self.began = 0  # seq after which entries may be private to it; before, its id may have been another player's
        self.log: TrueLog  # that it reads from, since its first welcome
        self.seq = 0  # of the last entry that it has run
        self.sessions = 0  # number of sessions that it has had
        self.heard = 0  # number of entries run
        self.missed = 0  # number of skips and losses reported to it
        self.commands = 0  # number of commands run, calls with bytes left out
        self.runs: list[tuple[int, float, int]] = []  # of timers that were set in this stretch: `timer_model.Run`
        self.rung = 0  # number of timers run
        self.stretch = 1  # of the log, without a hole; another one begins with a snapshot
        self.since = 0  # seq after which it began, or 0 where a world has told of what was before
        self.before = 0  # runs of timers before the stretch, of which a world has told
        self.keeps_world = False  # it can save and load its own state
        self.whole = False  # it has run the room from its beginning, or from a world
        self.taint = 0  # its own state is not what it should be: it comes from a liar, or time was undone; 0: it is
        self.shared = False  # a second program has used its session, and may have left the room for both
        self.ruled = False  # its room has rules
        self.unanswered: set[int] = set()  # numbers of which it was told that nobody knows what became of them
        self.present = True  # it is to be in the room when the simulation settles

    def begin_stretch(self) -> None:
        """The log goes on from a snapshot, or time was undone: timers set before that run at other places."""
        self.runs, self.stretch, self.since, self.before = [], self.stretch + 1, self.seq, 0

    def begin_with_world(self, rung: int, taint: int) -> None:
        """The program has loaded a world, in which timers have run so often."""
        if taint:
            self.whole, self.taint = False, taint
        else:
            self.since, self.before = 0, rung

    @property
    def has_begun(self) -> bool:
        """Whether it has run a welcome. Who waits for the world passes over the first one."""
        return hasattr(self, "log")

    @property
    def name(self) -> str:
        return self.actions.name

    def __str__(self) -> str:
        return self.name
