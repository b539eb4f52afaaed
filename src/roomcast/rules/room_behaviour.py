"""The contract of the core over a maker's class: one cause runs one handler, and what it did is kept or undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from typing import Any, Final

from roomcast.core.room.causes import (
    Cause,
    Closing,
    Command,
    Dropped,
    Joining,
    Left,
    Opened,
    Returned,
    StatePatch,
    Step,
    TimerDue,
    WorkEnded,
)
from roomcast.core.room.decisions import (
    Decided,
    Decision,
    FieldPatches,
    FieldTexts,
    Key,
    Outcome,
    Rejected,
    Shown,
    Turned,
)
from roomcast.core.room.fold import PlayerState
from roomcast.core.room.meeting import OPEN_TO_ALL, Meeting
from roomcast.core.room.rules_fold import BoxChange, BoxFields, Truth
from roomcast.core.room.shared_state import ROOM
from roomcast.rules.background_work import Work
from roomcast.rules.boxes import Box
from roomcast.rules.class_types import set_defaults
from roomcast.rules.json_texts import decoded
from roomcast.rules.maker_reports import SLOW, MakerReports
from roomcast.rules.rejection import RulesMistake, without_exit
from roomcast.rules.room_class import Room, make_room
from roomcast.rules.room_hooks import RoomHooks
from roomcast.rules.room_player import Player
from roomcast.rules.room_views import RoomViews, parted

_NOT_YOURS: Final = "in this room, only its rules set state: send a command"
_BY_TIME: Final = frozenset({Step, TimerDue, WorkEnded})  # what may come again at one place of the log


class RoomBehaviour(RoomHooks):
    """The rules of one room. `secret`: random bits, from which its dice follow. `made`: how somebody wanted it."""

    def __init__(
        self, cls: type[Room], name: str, secret: str, reports: MakerReports, made: Meeting = OPEN_TO_ALL
    ) -> None:
        super().__init__(cls, name, secret, reports, made)
        types = self._types
        state = self._state_box
        self.found_by.bound = cls.max_players
        self.next_due = inf
        self.step_rate = cls.tick_rate
        self.room = make_room(cls, self)
        self._boxes: dict[str, Box] = {ROOM: state}  # the same, by owner
        self._views = RoomViews(self.room, self._players, self._boxes, self._ledger, reports)
        self.own_fields = frozenset(types.player.hints_of_fields.own)
        self.has_views = bool(cls._views)

    # ------------------------------------------------------------------ the contract

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        kind = type(cause)
        self._begin(at, seq, by_time=kind in _BY_TIME)
        began = self._reports.clock()
        decision = _DECIDE[kind](self, cause)
        self._ledger.is_open = False
        if self._reports.clock() - began > SLOW:
            self._tell_if_slow(began)
        return decision

    def keep(self) -> None:
        touched = self._all.touched
        for box in self._ledger:
            box.keep()
            touched[box] = None
            if box.owner is None:
                self._kept_unseen(box)
        self._ledger.clear()
        if self._draft.says:
            for player in self._draft.draft_out:
                self._forget(player)
            self._draft.keep()
        self._newcomer = ""
        self._kept += 1

    def _kept_unseen(self, box: Box) -> None:
        if box is self._timers.box:
            self._timers.keep()
            self.next_due = self._timers.next_due
        elif box is self.found_by:
            self.meeting = self.found_by.meeting
        elif box is self._works.box:
            self._works.keep()

    def undo(self) -> None:
        for box in self._ledger:
            box.undo()
        self._timers.undo()
        if self._works.asked:
            self._works.undo()
        self._ledger.clear()
        self._draft.undo()
        if self._newcomer:
            self._forget(self._newcomer)
            self._newcomer = ""

    def take_effort(self) -> int:
        ledger = self._ledger
        effort = ledger.effort
        ledger.effort = 0
        return effort

    def pass_over(self, cause: Cause, why: str) -> None:
        what = self._name_of(self._ran)
        self._reports.add_sentence(what, f"what {what} did in the room {self.name!r} has not happened: {why}")
        if type(cause) is TimerDue:
            self._ledger.is_open = True
            self._timers.take(self._at, late=cause.late)
            self._drafted()
            self._ledger.is_open = False
        elif type(cause) is WorkEnded:
            assert isinstance(cause.token, Work)
            self._ledger.is_open = True
            self._works.take(cause.token.number)
            self._drafted()
            self._ledger.is_open = False

    def close(self) -> Turned:
        changed: dict[str, FieldTexts] = {}
        patches: dict[str, FieldPatches] = {}
        own: dict[str, FieldTexts] = {}
        unseen = False
        for box in self._all.touched:
            if (owner := box.owner) is None:
                unseen = box.close_unseen() or unseen
                continue
            texts, patch = box.close()
            if texts:
                changed[owner], patches[owner] = texts, patch
        self._all.close()
        if self.own_fields:
            changed, own = parted(changed, self.own_fields)
            patches, _ = parted(patches, self.own_fields)
        events, sent_out, answers = self._draft.close()
        unseen = unseen and self.has_views
        works = self._works.close() if self._works.begun else ()
        return Turned(changed, patches, own, events, sent_out, answers, unseen, works)

    # ------------------------------------------------------------------ views

    def key(self, player: str) -> Key:
        try:
            return self._views.key(player)
        except (Exception, SystemExit) as error:
            self._view_failed("audience", f"for {player}", error, "it sees what those see who only look on")
            return None

    def shown(self, key: Key) -> Shown | None:
        try:
            return self._views.shown(key)
        except (Exception, SystemExit) as error:
            self._view_failed("view", f"for the key {key or None}", error)
            return None

    def view_refused(self, key: Key, why: str) -> None:
        self._view_failed("view", f"for the key {key or None}", RulesMistake(why))

    def _view_failed(
        self, what: str, where: str, error: Exception | SystemExit, then: str = "who has that view keeps what it showed"
    ) -> None:
        where = f"in the room {self.name!r}, {where}"
        self._reports.add(f"{self._class.__name__}.{what}", where, without_exit(error), then)

    # ------------------------------------------------------------------ on disk

    def changes(self) -> dict[str, BoxChange]:
        return self._all.changes()

    def save(self) -> dict[str, BoxFields]:
        return self._all.save()

    def restore(self, truth: Truth, players: Iterable[PlayerState]) -> int:
        for one in players:
            player = self._add_player(one.id, one.name)
            player._here = one.here
            self._known.add_kept(player, truth.boxes)
        self._all.restore(truth.boxes)
        self._timers.restore()
        self.next_due = self._timers.next_due
        self.meeting = self.found_by.meeting
        self.is_restored = True
        self._ledger.is_open = False
        held = self.own.size + self._timers.box.size + self.found_by.size + self._works.box.size
        return held + self._known.size

    def lost_works(self) -> list[Work]:
        return self._works.lost()

    # ------------------------------------------------------------------ by cause

    def _open(self, cause: Opened) -> Decision:
        set_defaults(self._boxes[ROOM], self._types.state)
        self.found_by.begin(self.meeting)
        options = (self.room.options,) if self._class._takes_options else ()
        return self._run_hook("on_create", " when it was made", *options)

    def _join(self, cause: Joining) -> Decision:
        self._newcomer = cause.player
        player = self._add_player(cause.player, cause.name)
        self._known.add(player, cause.auth)
        set_defaults(self._boxes[cause.player], self._types.player)
        if self._class._takes_auth:
            return self._run_hook("on_join", f" for {player.id}", player, player.auth)
        return self._run_for("on_join", player)

    def _drop(self, cause: Dropped) -> Decision:
        self._players[cause.player]._here = False
        return self._run_for("on_drop", self._players[cause.player], self._in_any_case)

    def _return(self, cause: Returned) -> Decision:
        self._players[cause.player]._here = True
        return self._run_for("on_reconnect", self._players[cause.player], self._in_any_case)

    def _leave(self, cause: Left) -> Decision:
        player = self._players.pop(cause.player, None)  # as who is sent out, it is not among the players in on_leave
        if player is None:
            return Decided()  # it was sent out: on_leave has run
        player._here = False
        return self._run_for("on_leave", player, partial(self._has_left, cause.player))

    def _has_left(self, player: str, decision: Outcome) -> Outcome:
        self._forget(player)
        return self._in_any_case(decision)

    def _set(self, cause: StatePatch) -> Decision:
        return Rejected("rejected", _NOT_YOURS)

    def _fields_of(self, player: Player) -> dict[str, Any]:
        return {field: decoded(text) for field, text in self._boxes[player.id].texts.items()}

    def _add_player(self, player: str, name: str) -> Player:
        box = self._boxes[player] = Box("player", self._ledger, self._types.player.hints_of_fields.by_name, player)
        self._all.add(f"@{player}", box)
        added = self._players[player] = self._types.player(player, name, box)
        return added

    def _forget(self, player: str) -> None:
        self._players.pop(player, None)
        box = self._boxes.pop(player, None)
        if box is not None:
            box.owner = None
            self._all.remove(box)
            self._known.forget(player)


_DECIDE: Final[dict[type, Callable[[RoomBehaviour, Any], Decision]]] = {
    Opened: RoomBehaviour._open,
    Joining: RoomBehaviour._join,
    Dropped: RoomBehaviour._drop,
    Returned: RoomBehaviour._return,
    Left: RoomBehaviour._leave,
    Command: RoomBehaviour._handle,
    StatePatch: RoomBehaviour._set,
    Step: RoomBehaviour._step,
    TimerDue: RoomBehaviour._timer,
    WorkEnded: RoomBehaviour._work,
    Closing: RoomBehaviour._end,
}
