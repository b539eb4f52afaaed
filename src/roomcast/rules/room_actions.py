"""What a handler may do to its room, other than change state: time, dice, events, timers, sending players out.

All of it is of the decision that is being made, and becomes a draft.
"""

from __future__ import annotations

from collections.abc import Collection, Coroutine
from typing import Any

import msgspec
from msgspec import Raw

from roomcast.core.protocol.prng import Generator
from roomcast.core.room.causes import Command
from roomcast.core.room.meeting import Meeting
from roomcast.core.room.parties import Parties
from roomcast.core.room.shared_state import ROOM
from roomcast.rules.background_work import WorkEnd, Works, check_work
from roomcast.rules.boxes import Box
from roomcast.rules.class_types import RoomTypes
from roomcast.rules.kept_boxes import KeptBoxes
from roomcast.rules.known_players import KnownPlayers
from roomcast.rules.ledger import Ledger
from roomcast.rules.meeting_box import MeetingBox
from roomcast.rules.method_timers import RoomTimers, Timer, Timers
from roomcast.rules.rejection import RulesMistake, for_players
from roomcast.rules.room_player import Player, Players
from roomcast.rules.room_views import RoomViews
from roomcast.rules.timer_arguments import kept_arguments, method_name, milliseconds
from roomcast.rules.turn_draft import TurnDraft


class RoomActions:
    """Of one room, for its maker's class: `RoomEngine`. `secret`: random bits, from which its dice follow.

    `made`: how somebody wanted the room.
    """

    _views: RoomViews
    _runs_by_itself: Collection[str]  # functions of the class that players' commands run
    room: Any

    def __init__(self, types: RoomTypes, name: str, secret: str, made: Meeting) -> None:
        self.name = name
        self.meeting = made
        self.is_restored = False
        self._ledger = Ledger(self._outside)  # what the decision that is being made has touched
        self.own = Box("self", self._ledger, types.own)
        self.found_by = MeetingBox("self", self._ledger)  # of `meeting`
        self.parties = Parties()
        self._state_box = Box("self.state", self._ledger, types.state.hints_of_fields.by_name, ROOM)
        self.state = types.state(self._state_box)
        self._players: dict[str, Player] = {}
        self._draft = TurnDraft()
        self.players = Players(self._players, self._draft.draft_out)
        self._timers = Timers(self._ledger, self._check_acts)
        self.timers = RoomTimers(self._timers)
        self._works = Works(self._ledger, self._before_work, self._after_work)
        self._closing = False  # on_close runs
        self._newcomer = ""  # whose join is being decided
        self._command: Command | None = None  # that is being handled
        self._seed = Box("dice", self._ledger)
        self._seed.restore({"secret": Raw(msgspec.json.encode(secret))})
        self._all = KeptBoxes()
        self._all.add("state", self._state_box)
        self._all.add("self", self.own)
        self._all.add("meeting", self.found_by)
        self._all.add("timers", self._timers.box)
        self._all.add("dice", self._seed)
        self._all.add("background", self._works.box)
        self._known = KnownPlayers(self._all, self._ledger)
        self._at, self._seq = 0, 0  # of the decision that is being made
        self._kept = 0  # decisions for that seq that stand
        self._by_time = False  # a timer or a step makes it
        self._dice: Generator | None = None  # of the decision that is being made, once it has rolled

    def _begin(self, at: int, seq: int, *, by_time: bool) -> None:
        """A decision is about to be made."""
        if seq != self._seq:
            self._kept = 0
        self._at, self._seq, self._by_time, self._dice = at, seq, by_time, None
        self._ledger.is_open = True

    @property
    def time(self) -> float:
        return self._at / 1000

    @property
    def random(self) -> Generator:
        self._check_acts("self.random")
        if self._dice is None:
            # What time brings about comes again where nothing else happens, and is not to roll the same then.
            time = f":{self._at}" if self._by_time else ""
            self._dice = Generator(f"{self._seed.get('secret')}:{self._seq}:{self._kept}{time}")
        return self._dice

    def set_timer(self, wait: float, method: Any, args: tuple[Any, ...], *, repeat: bool) -> Timer:
        where = "self.every" if repeat else "self.after"
        self._check_acts(f"{where}()")
        name = method_name(where, self.room, method, args)
        after, kept = milliseconds(where, wait, repeat=repeat), kept_arguments(f"{where}(…, self.{name})", args)
        return Timer(self._timers, self._timers.set(self._at, after, name, kept, repeat=repeat))

    def background(self, work: Any, method: Any, args: tuple[Any, ...], otherwise: Any) -> None:
        where = "self.background"
        check_work(work)
        try:
            self._check_acts(f"{where}()")
            if self._closing:
                raise RulesMistake(
                    f"{where}() in on_close: the room is gone before that is done. Ask for it in on_leave"
                )
            names = (
                self._end_name(where, method, args, "the second argument", "result"),
                self._end_name(where, otherwise, args, "otherwise", "error"),
            )
            self._works.ask(work, WorkEnd(*names, kept_arguments(f"{where}(…)", args)))
        except BaseException:
            if isinstance(work, Coroutine):
                work.close()
            raise

    def _end_name(self, where: str, method: Any, args: tuple[Any, ...], which: str, comes: str) -> str:
        if method is None:
            return ""
        given = f". It is given the {comes} first, then what is behind the method: (self, {comes}, …)"
        name = method_name(where, self.room, method, (None, *args), which, given)
        if name in self._runs_by_itself:
            raise RulesMistake(f"{where}: {which} is {name}, which players run by a command: call it something else")
        return name

    def _before_work(self, at: int) -> None:
        """Some of a piece of work is about to run."""

    def _after_work(self) -> None:
        """It has run."""

    def emit(self, name: str, args: Any, readers: frozenset[str] | None, by: str) -> None:
        self._check_acts("self.emit()")
        self._draft.emit(name, args, readers, by)

    def kick(self, player: Player, why: str) -> None:
        self._check_acts("self.kick()")
        if player.id == self._newcomer:
            raise RulesMistake("self.kick() in on_join, for who is joining: raise Reject in its place")
        if not isinstance(why, str):
            raise RulesMistake(f"self.kick({player.id!r}, {why!r}): the reason is a sentence, for who is sent out")
        self._draft.draft_out[player.id] = for_players(why)

    def relay(self) -> None:
        command = self._command
        if command is None:
            raise RulesMistake("self.relay() is for handlers of commands: here, there is none to pass on")
        request = command.request
        readers = None if request.to is None else frozenset([*request.to, command.player])
        if command.lenient:  # a line client has done it already, and is never sent what it said itself
            readers = (frozenset(self._players) if readers is None else readers) - {command.player}
        self._draft.relay(request.c, request.a, readers, command.player)

    def _check_acts(self, what: str) -> None:
        if self._views.looking:
            raise RulesMistake(f"{what} in a view: it only looks. Write it in a handler")
        if not (self._ledger.is_open or self._ledger.outside(what)):
            raise RulesMistake(f"{what} is for handlers: send a command")

    def _outside(self, what: str) -> bool:
        """As `ledger.Outside`."""
        raise NotImplementedError
