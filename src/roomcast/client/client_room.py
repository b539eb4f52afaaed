"""The room as a program sees it: what the game-loop shell and the asyncio shell have in common.

Entries are run one after the other, in the room's order: each first changes the state (the fold), then calls the
functions that are registered for it. What arrives waits in the client core; only the shells decide when it is run.
"""

from __future__ import annotations

import functools
import logging
import random
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from msgspec import Raw

from roomcast.client.blobs import NONE, Blobs, take_out
from roomcast.client.canonical import digest
from roomcast.client.functions import ArgumentMismatch, Function, to_json
from roomcast.client.log_entry import PRESENCE, LogEntry, log_entry_of
from roomcast.client.players import Player, Players, Shared
from roomcast.client.where import Where
from roomcast.core.client import client_core
from roomcast.core.client.parcels import Arrived, Dropped, Incoming, Progress
from roomcast.core.protocol.messages import (
    Desync,
    Do,
    Entry,
    Error,
    Hidden,
    Json,
    Leave,
    Set,
    Skipped,
    Snapshot,
)
from roomcast.core.protocol.names import EVENTS, PARCEL, check_command
from roomcast.core.room.fold import EMPTY, apply, restore
from roomcast.errors import BadArgument, CannotConnect, Refused, RoomClosed

log: Final = logging.getLogger("roomcast")

_F = TypeVar("_F", bound=Callable[..., object])
_Call = Callable[[], object]


class ClientRoom:
    """One player's view of one room, and its way to act there."""

    def __init__(
        self,
        where: Where,
        name: str,
        *,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._where = where
        self._clock = clock  # seconds; it never jumps
        self._client = client_core.ClientCore(where.room, name, chance=chance)
        self._lock = threading.Lock()  # guards the client core: the program and the network both use it
        self._fold = EMPTY
        self._seq = 0
        self._log = 0  # which of the logs that the client has followed that is in
        self._functions: dict[str, list[Function]] = {}
        self._handlers: dict[str, list[Callable[..., object]]] = {}
        self._checks: list[tuple[Callable[[], Json], int]] = []  # a state, and after how many entries it is hashed
        self._known: weakref.WeakValueDictionary[str, Player] = weakref.WeakValueDictionary()
        self._calls: deque[_Call] = deque()  # of the entry that is being run
        self._incoming = Incoming()  # calls with bytes, of which some are still to come
        self._parcel: Progress | Arrived | Dropped | None = None  # what the last piece of one has brought
        self._came: deque[tuple[str, Player]] = deque()  # joins and leaves that a snapshot brought
        self._over: client_core.Closed | None = None
        self._me = Player(self, "")
        self.players: Final = Players(self)
        self.state: Final = Shared(
            "the room", lambda: self._fold.shared, lambda patch, whole: self._set("room", patch, whole=whole)
        )

    # ------------------------------------------------------------------ what a program asks

    @property
    def name(self) -> str:
        """The room's name, also where it was joined by its code."""
        return self._client.room

    @property
    def code(self) -> str:
        """The room's code: a few letters that stand for it on its server, to be said and typed."""
        return self._client.code

    @property
    def me(self) -> Player:
        """The player that this program is."""
        return self._me

    @property
    def seq(self) -> int:
        """The place in the room's order of the last entry that was run here."""
        return self._seq

    @property
    def closed(self) -> bool:
        """True when the room is over for this program: it left, or the server sent it away."""
        return self._over is not None

    @property
    def unacknowledged(self) -> int:
        """How many messages of ours have not come back yet."""
        return self._client.unacknowledged

    # ------------------------------------------------------------------ what a program does

    def everywhere(self, run: Callable[..., object]) -> Callable[..., None]:
        """Decorator: calling the function sends the call; it runs on every computer when it comes back.

        A first parameter called `player` receives who called and is left out by the caller. Type hints
        convert and check the other arguments. The call itself returns None at once; it raises
        `BadArgument` for arguments that do not fit or cannot be sent, and `RoomClosed`.
        """
        command = _command_name(run.__name__)
        function = Function(run, command)
        self._functions.setdefault(command, []).append(function)

        @functools.wraps(run)
        def call(*args: object, **kwargs: object) -> None:
            self._do(command, *function.bind(args, kwargs), None)

        return call

    def on(self, name: str) -> Callable[[_F], _F]:
        """Decorator: call the function for each command of that name, or for each event.

        Events: "join", "leave", "away", "back" (player), "set" (player, patch), "error" (error),
        "desync" (seq, players), "progress" (player, progress),
        "offline" (why), "resumed" (missed), "skipped" (first, last), "lost" (why), "closed" (why).
        """

        def register(run: _F) -> _F:
            if name in EVENTS:
                self._handlers.setdefault(name, []).append(run)
            else:
                command = _command_name(name)
                self._functions.setdefault(command, []).append(Function(run, command))
            return run

        return register

    def check(self, state: Callable[[], Json], every: int = 100) -> Callable[[], Json]:
        """Let the server find out whether all programs in the room have the same state; also as a decorator.

        `state` gives the program's own state (what JSON can carry), and is called after every so many entries, in
        `pump()`. Its hash is compared with the others'. On the first difference all who registered
        `room.on("desync")` get the seq after which the states differ, and the players who differ from most.
        Raises `BadArgument` for an `every` below 1.
        """
        if every < 1:
            raise BadArgument(f"every={every}: check after every so many entries, at least 1")
        self._checks.append((state, every))
        return state

    def send(
        self,
        name: str,
        /,
        *args: Json | bytes,
        to: Player | str | Iterable[Player | str] | None = None,
        **kwargs: Json | bytes,
    ) -> None:
        """Send a command to everyone, or `to` some: players or their ids. It never blocks.

        Arguments that are bytes travel in pieces, and the command is run when all have come.

        Raises `BadArgument` for what cannot be sent, `TooFast` when too much waits, `RoomClosed`.
        """
        command = _command_name(name)
        functions = self._functions.get(command)
        audience = None if to is None else _ids(to)
        if functions:
            self._do(command, *functions[0].bind(args, kwargs), audience)
        else:
            values, named, blobs = take_out(args, kwargs)
            self._do(command, to_json(command, values, named), blobs, audience)

    def _do(self, command: str, arguments: Raw, blobs: Blobs, to: tuple[str, ...] | None) -> None:
        self._check_open()
        with self._lock:
            if blobs:
                self._client.send(command, arguments, blobs, to)
            else:
                self._client.do(command, arguments, to, self._clock())
        self._wake()

    def _set(self, of: str, patch: dict[str, Json], *, whole: bool) -> None:
        self._check_open()
        with self._lock:
            self._client.set(of, patch, whole=whole)
        self._wake()

    def _check_open(self) -> None:
        over = self._over or self._client.over
        if over is not None:
            raise RoomClosed(f"the room {self.name!r} is over for this program: {over.message}")

    def _wake(self) -> None:
        """Let what waits go out."""
        raise NotImplementedError

    # ------------------------------------------------------------------ what comes in

    def _let_in(self, failure: str) -> bool:
        """Whether we are in for the first time; `failure` says why there is no connection.

        Raises `CannotConnect` when we will not be: a person then wants to know why, not to wait.
        """
        events = self._client.events
        while events and not isinstance(events[0], client_core.Joined):
            events.popleft()  # an error: the bye that follows says the same
        if events:
            self._next()
            return True
        refusal = self._client.over.message if self._client.over is not None else self._client.farewell
        if refusal:
            raise CannotConnect(f"{self._where.server} did not let us into {self.name!r}: {refusal}")
        if failure:
            raise CannotConnect(failure)
        return False

    def _no_answer(self, timeout: float) -> CannotConnect:
        server = self._where.server
        return CannotConnect(
            f"{server} does not answer within {timeout:g} seconds: is that the address of a Roomcast server?"
        )

    def _next(self) -> Entry | None:
        """Take the next of what has arrived: change the state, queue the calls. None: nothing of the log."""
        if self._came:
            event, player = self._came.popleft()
            self._emit(event, player)
            return None
        arrived = self._client.events.popleft()
        if isinstance(arrived, Entry):
            return self._run(arrived)
        if isinstance(arrived, Hidden):
            self._seq = arrived.s
            self._check()
        elif isinstance(arrived, Skipped):
            self._replace(arrived.snapshot, arrived.last)
            self._emit("skipped", arrived.first, arrived.last)
        elif isinstance(arrived, Error):
            self._fail(Refused(arrived.code, arrived.message, arrived.n))
        elif isinstance(arrived, client_core.Joined):
            self._enter(arrived)
        elif isinstance(arrived, client_core.Resumed):
            self._emit("resumed", arrived.missed)
        elif isinstance(arrived, client_core.Offline):
            if not self._handlers.get("offline"):
                log.warning("the connection to %s is lost (%s): trying again", self._where.server, arrived.why)
            self._emit("offline", arrived.why)
        else:
            self._over = arrived
            self._emit("closed", arrived.message)
        return None

    @property
    def _waiting(self) -> int:
        """How many things have arrived and not been run."""
        return len(self._client.events) + len(self._came)

    def _run(self, entry: Entry) -> Entry:
        self._seq = entry.s
        player = self._player(entry.by)
        if type(entry) is Do:
            if entry.c == PARCEL:
                self._unpack(entry, player)
            else:
                self._call(entry.c, entry.a, NONE, player)
            reports = self._client.reports
            if reports.every and reports.is_asked_about(entry, self._client.me):
                self._calls.append(functools.partial(self._report, entry, self._clock()))
            self._check()
            return entry
        if type(entry) is Leave:
            player._remember()
            self._drop(self._incoming.leave(player.id))
        self._fold = apply(self._fold, entry)  # type: ignore[arg-type]  # one of the seven kinds
        if type(entry) is Set:
            self._emit("set", player, entry.p)
        elif type(entry) is Desync:
            self._came_apart(entry)
        else:
            self._emit(PRESENCE[type(entry)], player)
        self._check()
        return entry

    def _came_apart(self, entry: Desync) -> None:
        if not self._handlers.get("desync"):
            names = ", ".join(entry.who)
            log.warning("the programs in this room differ after entry %d: %s", entry.after, names)
        self._emit("desync", entry.after, [self._player(one) for one in entry.who])

    def _check(self) -> None:
        """After what this entry calls for, hash the program's state, if it is time."""
        for state, every in self._checks:
            if self._seq % every == 0:
                self._calls.append(functools.partial(self._hash, state, self._seq))

    def _hash(self, state: Callable[[], Json], seq: int) -> None:
        found = digest(state())
        with self._lock:
            if self._log == self._client.log:  # else what we run is over, and its seqs stand for other entries now
                self._client.check(seq, found)
        self._wake()

    def _log_entry(self, entry: Entry) -> LogEntry:
        return log_entry_of(entry, self._player(entry.by), self._parcel)

    def _unpack(self, entry: Do, player: Player) -> None:
        """Take in a piece of a call with bytes; the last one calls."""
        self._parcel = found = self._incoming.take(entry)
        if isinstance(found, Dropped):
            self._drop([found])
        elif isinstance(found, Progress):
            self._emit("progress", player, found)
        elif found is not None:
            self._emit("progress", player, found.progress)
            self._call(found.command, found.arguments, found.blobs, player)

    def _drop(self, dropped: list[Dropped]) -> None:
        """Tell of calls with bytes that will not be run here."""
        for one in dropped:
            if one.progress is not None:
                self._emit("progress", self._player(one.by), one.progress)
            self._fail(Refused(one.code, one.message))

    def _call(self, command: str, arguments: Raw, blobs: Blobs, player: Player) -> None:
        """Queue the functions of a command."""
        for function in self._functions.get(command, ()):
            try:
                args, kwargs = function.read(arguments, blobs)
            except ArgumentMismatch as misfit:
                self._fail(Refused("bad-argument", f"from {player.id}: {misfit}"))
                continue
            if function.takes_player:
                args = (player, *args)
            self._calls.append(functools.partial(function.run, *args, **kwargs))

    def _emit(self, event: str, *args: object) -> None:
        for run in self._handlers.get(event, ()):
            self._calls.append(functools.partial(run, *args))

    def _fail(self, error: Refused) -> None:
        if self._handlers.get("error"):
            self._emit("error", error)
        else:
            log.warning("%s (%s)", error.message, error.code)

    def _enter(self, joined: client_core.Joined) -> None:
        self._me = self._player(joined.me)
        self._log = joined.log
        self._replace(joined.snapshot, joined.seq)
        if joined.lost:
            why = joined.lost
            if joined.dropped:
                why += f"; {joined.dropped} of our messages were on their way, and may be lost"
            if not self._handlers.get("lost"):
                log.warning("%s", why)
            self._emit("lost", why)

    def _replace(self, snapshot: Snapshot, seq: int) -> None:
        """Go on from a snapshot: those who came and went by it are told of like any others."""
        for player in self.players:
            player._remember()
        self._drop(self._incoming.skip())
        before, self._fold, self._seq = self._fold, restore(snapshot), seq
        self._came.extend(("leave", self._player(p)) for p in before.players if p not in self._fold.players)
        self._came.extend(("join", self._player(p)) for p in self._fold.players if p not in before.players)

    def _player(self, player: str) -> Player:
        known = self._known.get(player)
        if known is None:
            self._known[player] = known = Player(self, player)
        return known

    def _report(self, entry: Do, began: float) -> None:
        ran = (self._clock() - began) * 1000
        with self._lock:
            if self._log == self._client.log:
                self._client.report(entry, ran)
        self._wake()


def _command_name(name: str) -> str:
    if name in EVENTS:
        raise BadArgument(f"{name!r} is the name of an event: call the command something else")
    if name == PARCEL:
        raise BadArgument(f"{name!r} is the command of all pieces of calls with bytes: call yours something else")
    return check_command(name)


def _ids(to: Player | str | Iterable[Player | str]) -> tuple[str, ...]:
    several = [to] if isinstance(to, Player | str) else list(to)
    ids = tuple(one.id if isinstance(one, Player) else one for one in several)
    if not all(isinstance(one, str) for one in ids):
        raise BadArgument("to= takes a player, a player's id, or several of them")
    return ids
