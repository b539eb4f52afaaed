"""The behaviour of a simulated room with rules: the real one, and what it does is noted and checked as it happens."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import structs

from roomcast.core.room.causes import Cause, Command, Joining, TimerDue
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.decisions import Decision, Outcome, Turned
from roomcast.core.room.meeting import Meeting
from roomcast.core.room.private_lines import TurnLines
from roomcast.core.room.rules_fold import Truth
from roomcast.core.server.room_kinds import RoomKind
from roomcast.rules.app_file import RuledKinds, kind_name
from roomcast.rules.maker_reports import MakerReports
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.rules.room_class import Room
from roomcast.testing.promises import ONCE, Broken
from roomcast.testing.random_rules import Lab
from roomcast.testing.rules_record import RulesRecord


class AuditedBehaviour(RoomBehaviour):
    """`record`: where it is noted. `kept_up_to` tells with which entry the room opens."""

    def __init__(self, *what: Any, record: RulesRecord, kept_up_to: Any) -> None:
        super().__init__(*what)
        self.record = record
        self._kept_up_to = kept_up_to
        self._cause: Cause | None = None  # on which it decides
        self._opens = False  # from disk: what was due when it was left, and waited, is the first that happens

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        record, self._cause = self.record, cause
        if self._opens:
            self._opens, record.timers.held_until = False, at
        if type(cause) is TimerDue:
            record.lab.rang = ""
            decision = super().decide(cause, at, seq)
            record.timers.ran(record.lab.rang, at, late=cause.late)
            return decision
        record.timers.nothing_is_missed(at)
        return super().decide(cause, at, seq)

    def finish(self, token: object, at: int) -> Outcome:
        self._cause, self.record.timers.held_until = self._waits_for, at
        return super().finish(token, at)

    def keep(self) -> None:
        super().keep()
        cause, record = self._cause, self.record
        if record.lab.wrong:
            raise Broken(ONCE, record.lab.wrong)
        if type(cause) is Command:
            record.lab.stood[self.room._key] = True
            if not cause.lenient:
                record.took(cause.player, cause.request.n)
        elif type(cause) is Joining:
            record.joining(cause.player)
        record.kept(self)

    def close(self) -> Turned:
        turned = super().close()
        self.record.closed(turned)
        return turned

    def restore(self, truth: Truth, players: Any) -> int:
        self.record.opening(truth.boxes, self._kept_up_to())
        held = super().restore(truth, players)
        self._opens = True
        self.record.timers.is_next(self.next_due)
        return held


class AuditedKinds(RuledKinds):
    """The kinds of a simulated server: those of the lab.

    `kept_up_to`: by a room's name, the seq of its last entry on disk.
    """

    def __init__(self, lab: Lab, kept_up_to: Any) -> None:
        super().__init__({kind_name(one): one for one in lab.classes}, MakerReports(lambda sentence, error: None))
        self._lab = lab
        self._kept_up_to = kept_up_to
        self._newest: dict[str, AuditedBehaviour] = {}  # by room

    def __call__(self, room: str) -> RoomKind | None:
        kind = super().__call__(room)
        return None if kind is None else structs.replace(kind, make=partial(self._make, self.classes[kind.name]))

    def handled(self, room: str) -> frozenset[str]:
        """The commands that have handlers in a room."""
        kind = super().__call__(room)
        return frozenset() if kind is None else frozenset(self.classes[kind.name]._handlers)

    def _make(self, cls: type[Room], name: str, secret: str, made: Meeting) -> RoomBehaviour:
        before = self._newest.get(name)
        record = RulesRecord(self._lab, None if before is None else before.record)
        new = AuditedBehaviour(
            cls, name, secret, self._reports, made, record=record, kept_up_to=partial(self._kept_up_to, name)
        )
        self._newest[name] = new
        return new

    def appended(self, commits: CommitLog, seq: int, line: bytes, lines: TurnLines | None, is_turn: bool) -> None:
        """An entry was given to a commit log."""
        if (behaviour := self._newest.get(commits.room)) is not None:
            behaviour.record.entries[seq] = line
            if is_turn:
                behaviour.record.appended(behaviour, seq, line, lines, kept=commits.kept)
