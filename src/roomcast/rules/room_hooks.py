"""What runs where there is no command: when players come and go, when time has come, when background work has ended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw

from roomcast.core.room.causes import Closing, Step, TimerDue, WorkEnded
from roomcast.core.room.decisions import Decided, Decision, Outcome, Rejected
from roomcast.rules.background_work import Work, WorkLost
from roomcast.rules.boxes import Box
from roomcast.rules.handler_run import HandlerRun, RunStopped
from roomcast.rules.ledger import Ledger
from roomcast.rules.maker_reports import place_of
from roomcast.rules.method_timers import DueTimer
from roomcast.rules.rejection import Reject, sentence_of, without_exit
from roomcast.rules.room_commands import LEAVING, NOTHING, RoomCommands
from roomcast.rules.room_player import Player

_LEFT: Final = ("id", "name", "fields")  # what is kept of one who was sent out, for an async on_leave
_Then: TypeAlias = Callable[[Outcome], Outcome]


def _as_it_is(outcome: Outcome) -> Outcome:
    return outcome


class RoomHooks(RoomCommands):
    """Of one room. Each of these functions may be async; `then` takes what one has come to, once it has ended."""

    def undo(self) -> None:
        raise NotImplementedError

    def _step(self, cause: Step) -> Decision:
        if cause.skipped:
            self._fell_behind("on_tick", f"{cause.skipped:,} ticks were left out")
        return self._run_hook("on_tick", "", cause.seconds, then=self._in_any_case)

    def _end(self, cause: Closing) -> Decision:
        self._closing = True
        try:
            return self._run_hook("on_close", "", then=self._in_any_case)
        finally:
            self._closing = False

    def _timer(self, cause: TimerDue) -> Decision:
        due = self._timers.take(self._at, late=cause.late)
        if not hasattr(self._class, due.method):
            self._reports.add_sentence(due.method, f"a timer in {self.name!r} is for {due.method}: it is not there now")
        if cause.late:
            self._fell_behind(due.method, "it runs late, and once for all the times that it has missed")
        args = [self._who_left(*due.args)] if due.method == LEAVING and len(due.args) == len(_LEFT) else due.args
        where, then = ", when its timer was due", partial(self._rang, self._at, cause.late)
        return self._run_hook(due.method, where, *args, then=then, ended=partial(self._has_waited, due))

    def _has_waited(self, due: DueTimer) -> None:
        self._timers.skip_missed(due.timer, self._at)

    def _rang(self, began: int, late: bool, outcome: Outcome) -> Outcome:
        """The method of a timer has ended; whatever it has come to, it has run."""
        if isinstance(outcome, Rejected):
            self.undo()
            self._timers.take(self._at, late=late or self._at > began)
            outcome = self._drafted()
        return outcome

    def _who_left(self, player: str, name: str, fields: dict[str, Any]) -> Player:
        """Somebody who was sent out, as it was then."""
        box = Box("player", Ledger(), self._types.player.hints_of_fields.by_name)
        box.restore({field: Raw(msgspec.json.encode(value)) for field, value in fields.items()})
        left: Player = self._types.player(player, name, box)
        left._here = False
        return left

    def _work(self, cause: WorkEnded) -> Decision:
        work = cause.token
        assert isinstance(work, Work)
        self._ran = "background"
        end = self._works.take(work.number)
        if end is None:
            return NOTHING
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
        then = partial(self._told, work)
        return self._run_hook(runs, ", when background work had ended", result, *end.args, then=then)

    def _told(self, work: Work, outcome: Outcome) -> Outcome:
        """The method has ended that is told of background work; whatever it has come to, that is over."""
        if isinstance(outcome, Rejected):
            self.undo()
            self._works.take(work.number)
            outcome = self._drafted()
        return outcome

    def _work_failed(self, what: str, otherwise: str, error: Exception) -> None:
        name, where = f"background work for {self._name_of(what)}", f"in the room {self.name!r}"
        if otherwise:
            place = f" ({of_maker})" if (of_maker := place_of(error)) else ""
            told = f"{name} failed {where}{place}, and {otherwise} runs: {type(error).__name__}: {error}"
            self._reports.add_sentence(f"{name} {place} {type(error).__name__}", told)
        elif isinstance(error, WorkLost):
            self._reports.add_sentence(f"{name} lost", f"{name} was lost {where}: {error}")
        else:
            self._reports.add(name, where, error, "no method runs for it, as there is no otherwise=")

    def _run_for(self, name: str, player: Player, then: _Then = _as_it_is) -> Decision:
        return self._run_hook(name, f" for {player.id}", player, then=then)

    def _run_hook(
        self, name: str, where: str, *args: Any, then: _Then = _as_it_is, ended: Callable[[], object] = bool
    ) -> Decision:
        """`ended` is called once one that is async has ended without raising."""
        run: Callable[..., Any] | None = getattr(self._class, name, None)
        self._ran = name
        if run is None:
            return then(self._drafted())
        try:
            result = run(self.room, *args)
        except (Exception, SystemExit) as error:
            return then(self._went_wrong(name, where, error))
        if isinstance(result, Coroutine):
            return self._awaited(result, lambda token: then(self._came_to(name, where, token, ended)))
        return then(self._came_to(name, where))

    def _came_to(
        self, name: str, where: str, token: HandlerRun | None = None, ended: Callable[[], object] = bool
    ) -> Outcome:
        """What a hook has done."""
        try:
            if token is not None:
                token.outcome()
                ended()
            return self._drafted()
        except (Exception, SystemExit) as error:
            return self._went_wrong(name, where, error)

    def _went_wrong(self, name: str, where: str, error: Exception | SystemExit) -> Rejected:
        if isinstance(error, Reject):
            return Rejected("rejected", sentence_of(error, "the room's rules refuse it"))
        if isinstance(error, RunStopped):
            return self._stopped(error)
        return self._failed(name, error, where)

    def _in_any_case(self, decision: Outcome) -> Outcome:
        """What has happened cannot be refused: without what the rules would have done."""
        if isinstance(decision, Rejected):
            self.undo()
            return Decided()
        return decision

    def _fell_behind(self, what: str, how: str) -> None:
        name = self._name_of(what)
        self._reports.add_sentence(f"{name} late", f"the room {self.name!r} has fallen behind: of {name}, {how}")
