"""Commands: one handler runs for each, or is handed out to be awaited; what it did becomes a decision."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from roomcast.core.protocol.messages import DoRequest
from roomcast.core.protocol.names import quoted
from roomcast.core.room.causes import Command
from roomcast.core.room.decisions import ACCEPT, Decided, Decision, Growth, Outcome, Rejected, Waits
from roomcast.core.room.meeting import Meeting
from roomcast.rules.class_checks import nearest
from roomcast.rules.command_handlers import ArgumentMismatch
from roomcast.rules.handler_run import RUNNING, HandlerRun, RunStopped
from roomcast.rules.known_players import AuthBox
from roomcast.rules.maker_reports import SLOW, MakerReports, makers_place
from roomcast.rules.rejection import FAILED, Reject, sentence_of, without_exit
from roomcast.rules.room_actions import RoomActions
from roomcast.rules.room_class import Room
from roomcast.rules.room_player import Player

NOTHING: Final = Decided(says=False)  # it has done nothing
LEAVING: Final = "on_leave"


class RoomCommands(RoomActions):
    """Of one room. `reports`: where the maker reads of mistakes."""

    def __init__(self, cls: type[Room], name: str, secret: str, reports: MakerReports, made: Meeting) -> None:
        super().__init__(cls._types, name, secret, made)
        self._reports = reports
        self._class, self._types = cls, cls._types
        self._runs_by_itself = {handler.called for handler in cls._handlers.values()}
        self._ran = ""  # the function that it has run
        self._waits_for: Command | None = None  # whose handler waits
        self._run: HandlerRun | None = None  # of that handler
        self._then: Callable[[HandlerRun], Outcome]  # what the function that waits has come to, once it has ended
        self._began = 0.0  # when some of it did, by the clock of the reports

    def _handle(self, cause: Command) -> Decision:
        request = cause.request
        handler = self._class._handlers.get(request.c)
        if handler is None:
            return self._without_handler(request)
        try:
            args, kwargs = handler.read_for(self.players, request.a, lenient=cause.lenient)
        except ArgumentMismatch as mismatch:
            return Rejected("bad-argument", str(mismatch))
        self._command = cause
        self._ran = handler.called
        player = self._players[cause.player]
        try:
            result = handler.run(self.room, player, *args, **kwargs)
            if handler.waits:
                return self._awaited(result, partial(self._ended, cause))
            if cause.asks:
                self._draft.answer(cause.player, request.n, result, f"what {handler.called} returns")
            return self._drafted()
        except (Exception, SystemExit) as error:
            return self._raised(cause, error)
        finally:
            self._command = None

    def _raised(self, cause: Command, error: Exception | SystemExit) -> Rejected:
        request, called = cause.request, self._ran
        if isinstance(error, Reject):
            return Rejected("rejected", sentence_of(error, f"{request.c} was refused"))
        return self._failed(called, error, f", where {cause.player} sent {_shown(request)}")

    # ------------------------------------------------------------------ handlers that wait

    def _awaited(self, coroutine: Coroutine[Any, Any, Any], then: Callable[[HandlerRun], Outcome]) -> Waits:
        """Nothing of an async function has run yet. `then` says what it has come to, once it has ended."""
        run = self._run = HandlerRun(coroutine, self._before_some, self._after_some)
        self._waits_for, self._then = self._command, then
        return Waits(run)

    def _before_some(self, at: int) -> None:
        """Some of the handler is about to run, at a time."""
        self._at = at
        self._command = self._waits_for
        self._ledger.is_open = True
        self._began = self._reports.clock()

    def _after_some(self) -> None:
        self._command = None
        self._ledger.is_open = False
        self._tell_if_slow(self._began)

    def _before_work(self, at: int) -> None:
        self._began = self._reports.clock()

    def _after_work(self) -> None:
        if (took := self._reports.clock() - self._began) > SLOW:
            self._reports.add_slow(f"background work of {self._class.__name__}", f"in the room {self.name!r}", took)

    def _outside(self, what: str) -> bool:
        run = RUNNING.get()
        if run is not None and run is self._run and run.is_here():
            return True  # a task that its handler waits for
        if self._reports.looks():
            return False
        error = RuntimeError(
            f"{what} outside of the room's handlers: they alone act in a room. For work beside the game, write "
            "self.background(work(), self.done) in a handler; done(result) then runs as one"
        )
        where = makers_place()
        told = f"in the room {self.name!r}, something was refused that no handler does, in {where}"
        self._reports.add_sentence(where, told, error)
        raise error

    def finish(self, token: object, at: int) -> Outcome:
        """As `Behaviour.finish`."""
        assert isinstance(token, HandlerRun)
        then, self._waits_for, self._run, self._at = self._then, None, None, at
        self._ledger.is_open = True
        try:
            return then(token)
        finally:
            self._ledger.is_open = False

    def _ended(self, cause: Command, token: HandlerRun) -> Outcome:
        """The handler of a command has ended."""
        try:
            result = token.outcome()
            if cause.asks:
                self._draft.answer(cause.player, cause.request.n, result, f"what {self._ran} returns")
            return self._drafted()
        except RunStopped as stopped:
            return self._stopped(stopped)
        except (Exception, SystemExit) as error:
            return self._raised(cause, error)

    def _stopped(self, stopped: RunStopped) -> Rejected:
        if stopped.is_mistake:
            what = self._name_of(self._ran)
            self._reports.add_sentence(f"{what} stopped", f"{what} was stopped in the room {self.name!r}: {stopped}")
        return Rejected("rules-failed", str(stopped))

    def _tell_if_slow(self, began: float) -> None:
        if (took := self._reports.clock() - began) > SLOW:
            self._reports.add_slow(self._name_of(self._ran), f"in the room {self.name!r}", took)

    def _without_handler(self, request: DoRequest) -> Decision:
        if request.c in self._class.relays:
            return ACCEPT
        meant = nearest(request.c, [*self._class._handlers, *self._class.relays])
        return Rejected("no-command", f"this room has no command {quoted(request.c)}{meant}")

    # ------------------------------------------------------------------ what it has come to

    def _failed(self, what: str, error: Exception | SystemExit, where: str) -> Rejected:
        self._reports.add(self._name_of(what), f"in the room {self.name!r}{where}", without_exit(error))
        return Rejected("rules-failed", FAILED)

    def _name_of(self, function: str) -> str:
        return f"{self._class.__name__}.{function}"

    def _drafted(self) -> Decided:
        """What the handler did. Raises `RulesMistake`, and what `on_leave` of those raises who are sent out."""
        draft = self._draft
        if not (self._ledger or draft.says):
            return NOTHING
        if draft.draft_out:
            self._tell_leaving(draft.draft_out)
        sizes: dict[str, Growth] = {}
        grown, timers, works = 0, self._timers, self._works
        is_more_known = False
        for box in self._ledger:
            if box.draft():
                if (owner := box.owner) is not None:
                    if box.grows_by:
                        sizes[owner] = Growth(box.size_then, box.grows_by)
                elif type(box) is AuthBox:
                    is_more_known = True
                else:
                    grown += box.size_then - box.size
        held = 0
        if grown or is_more_known:
            held = self.own.size + timers.box.size + self.found_by.size + works.box.size + self._known.size + grown
        waiting = len(timers) if timers.made else 0
        asked = len(works) if works.asked else 0
        says = draft.says or asked > 0
        return Decided(says=says, sizes=sizes, held=held, weight=draft.weight, timers=waiting, works=asked)

    def _fields_of(self, player: Player) -> dict[str, Any]:
        raise NotImplementedError

    def _tell_leaving(self, sent_out: dict[str, str]) -> None:
        """Run `on_leave` for those who are being sent out; it may send out others. One that waits runs right after."""
        run: Callable[..., Any] | None = getattr(self._class, "on_leave", None)
        told: set[str] = set()
        while run is not None and (waiting := [player for player in sent_out if player not in told]):
            told.add(waiting[0])
            player = self._players[waiting[0]]
            if inspect.iscoroutinefunction(run):
                self._timers.set(self._at, 0, LEAVING, [player.id, player.name, self._fields_of(player)], repeat=False)
            else:
                run(self.room, player)


def _shown(request: DoRequest) -> str:
    """A command, for the maker alone."""
    arguments = bytes(memoryview(request.a)[:200]).decode("utf-8", "replace")
    return f"{request.c} {arguments}"
