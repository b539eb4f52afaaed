"""The contract of the core over a maker's class: one cause runs one handler, and what it did is kept or undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final

from roomcast.core.room.causes import (
    Cause,
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
    Rejected,
    Shown,
    Turned,
)
from roomcast.core.room.fold import PlayerState
from roomcast.core.room.meeting import OPEN_TO_ALL, Meeting
from roomcast.core.room.rules_fold import BoxChange, BoxFields, Truth
from roomcast.rules.background_work import Work, WorkLost
from roomcast.rules.boxes import Box
from roomcast.rules.class_types import set_defaults
from roomcast.rules.maker_reports import SLOW, MakerReports, place_of
from roomcast.rules.rejection import Reject, RulesMistake, sentence_of, without_exit
from roomcast.rules.room_class import Room, make_room
from roomcast.rules.room_commands import RoomCommands
from roomcast.rules.room_player import Player
from roomcast.rules.room_views import RoomViews, parted

_FAILED: Final = "something in the room's rules failed: whoever runs the server can read what"
_NOT_YOURS: Final = "in this room, only its rules set state: send a command"
_NOTHING: Final = Decided(says=False)
_BY_TIME: Final = frozenset(
    {Step, TimerDue, WorkEnded}
)  # causes that come again at a place, where nothing else happens
_ROOM: Final = ""  # the owner of the room's state


class RoomBehaviour(RoomCommands):
    """The rules of one room. `secret`: random bits, from which its dice follow. `made`: how somebody wanted it."""

    def __init__(
        self, cls: type[Room], name: str, secret: str, reports: MakerReports, made: Meeting = OPEN_TO_ALL
    ) -> None:
        super().__init__(cls, name, secret, reports, made)
        self._types = types = cls._types
        state = self._state_box
        self.found_by.bound = cls.max_players
        self.next_due = inf
        self.step_rate = cls.tick_rate
        self.room = make_room(cls, self)
        self._boxes: dict[str, Box] = {_ROOM: state}  # the same, by owner
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
        if self._works.is_asked:
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
        return Turned(changed, patches, own, events, sent_out, answers, unseen, self._works.close())

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
        set_defaults(self._boxes[_ROOM], self._types.state)
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
        return self._in_any_case(self._run_for("on_drop", self._players[cause.player]))

    def _return(self, cause: Returned) -> Decision:
        self._players[cause.player]._here = True
        return self._in_any_case(self._run_for("on_reconnect", self._players[cause.player]))

    def _leave(self, cause: Left) -> Decision:
        player = self._players.pop(cause.player, None)  # as who is sent out, it is not among the players in on_leave
        if player is None:
            return Decided()  # it was sent out: on_leave has run
        player._here = False
        decision = self._in_any_case(self._run_for("on_leave", player))
        self._forget(cause.player)
        return decision

    def _step(self, cause: Step) -> Decision:
        if cause.skipped:
            self._fell_behind("on_tick", f"{cause.skipped:,} ticks were left out")
        return self._in_any_case(self._run_hook("on_tick", "", cause.seconds))

    def _timer(self, cause: TimerDue) -> Decision:
        due = self._timers.take(self._at, late=cause.late)
        if not hasattr(self._class, due.method):
            self._reports.add_sentence(due.method, f"a timer in {self.name!r} is for {due.method}: it is not there now")
        if cause.late:
            self._fell_behind(due.method, "it runs late, and once for all the times that it has missed")
        decision = self._run_hook(due.method, ", when its timer was due", *due.args)
        if isinstance(decision, Rejected):
            self.undo()
            self._timers.take(self._at, late=cause.late)
            return self._drafted()
        return decision

    def _work(self, cause: WorkEnded) -> Decision:
        work = cause.token
        assert isinstance(work, Work)
        self._ran = "background"
        end = self._works.take(work.number)
        if end is None:
            return _NOTHING
        runs, what = end.method, end.method or end.otherwise or "background"
        try:
            result = work.outcome()
        except (Exception, SystemExit) as error:
            runs, result = end.otherwise, without_exit(error)
            self._work_failed(what, runs, result)
        if not runs:
            return self._drafted()
        if not hasattr(self._class, runs):
            self._reports.add_sentence(runs, f"background work in {self.name!r} is for {runs}: it is not there now")
        decision = self._run_hook(runs, ", when background work had ended", result, *end.args)
        if isinstance(decision, Rejected):
            self.undo()
            self._works.take(work.number)
            return self._drafted()
        return decision

    def _work_failed(self, what: str, otherwise: str, error: Exception) -> None:
        name, where = f"background work for {self._name_of(what)}", f"in the room {self.name!r}"
        if otherwise:
            place = f" ({of_maker})" if (of_maker := place_of(error)) else ""
            told = f"{name} failed {where}{place}, and {otherwise} runs: {type(error).__name__}: {error}"
            self._reports.add_sentence(f"{name} {place} {type(error).__name__}", told)
        elif isinstance(error, WorkLost):
            self._reports.add_sentence(f"{name} lost", f"{name} was lost {where}: {error}")
        else:
            self._reports.add(name, where, error, "no method runs for it")

    def _set(self, cause: StatePatch) -> Decision:
        return Rejected("rejected", _NOT_YOURS)

    def _run_for(self, name: str, player: Player) -> Decision:
        return self._run_hook(name, f" for {player.id}", player)

    def _run_hook(self, name: str, where: str, *args: Any) -> Decision:
        run: Callable[..., Any] | None = getattr(self._class, name, None)
        self._ran = name
        try:
            if run is not None:
                run(self.room, *args)
            return self._drafted()
        except Reject as refused:
            return Rejected("rejected", sentence_of(refused, "the room's rules refuse it"))
        except (Exception, SystemExit) as error:
            return self._failed(name, error, where)

    def _in_any_case(self, decision: Decision) -> Decision:
        """What has happened cannot be refused: without what the rules would have done."""
        if isinstance(decision, Rejected):
            self.undo()
            return Decided()
        return decision

    def _fell_behind(self, what: str, how: str) -> None:
        name = self._name_of(what)
        self._reports.add_sentence(f"{name} late", f"the room {self.name!r} has fallen behind: of {name}, {how}")

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
}
