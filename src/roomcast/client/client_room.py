"""The room as a program sees it: what the game-loop shell and the asyncio shell have in common.

A program's calls go out by the sender; what arrives is run from the inbox, when the shell says so.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, overload

from roomcast.client import signatures
from roomcast.client.audience import ids_of
from roomcast.client.blobs import take_out
from roomcast.client.dice import RoomRandom
from roomcast.client.given import outdating, shown, text, whole_number, yes_or_no
from roomcast.client.handlers import Handlers, command_name, event_or_command
from roomcast.client.hints import Hints
from roomcast.client.inbox import Inbox
from roomcast.client.json_arguments import to_json
from roomcast.client.json_types import Argument
from roomcast.client.moving_room import MovingRoom
from roomcast.client.players import Player, Players, Replica
from roomcast.client.registration import check_runs
from roomcast.client.sender import Sender
from roomcast.client.shared import Shared
from roomcast.client.signatures import (
    DesyncHandler,
    ErrorHandler,
    P,
    PresenceHandler,
    ProgressHandler,
    ReasonHandler,
    ResumedHandler,
    SetHandler,
    SkippedHandler,
)
from roomcast.client.where import Where
from roomcast.client.world import World
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.outbox import Outdating
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import Json
from roomcast.core.protocol.names import clean_name
from roomcast.errors import BadArgument

_F = TypeVar("_F", bound=Callable[..., object])


class ClientRoom(MovingRoom):
    """One player's view of one room, and its way to act there.

    `core`: the conversation with the server, by default a new one. `clock` returns monotonic seconds.
    """

    def __init__(
        self,
        where: Where,
        name: str,
        *,
        core: ClientCore | None = None,
        meet: Meet | None = None,
        credential: str | None = None,
        replay: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        name = player_name(name)
        self._where = where
        self._clock = clock
        self._core = core or ClientCore(where.room, name, chance=random.Random().random)
        self._core.meet, self._core.credential = meet, credential
        self._core.start = "beginning" if yes_or_no("replay=", replay) else ""
        self._sender = Sender(self._core, clock)
        self._hints = Hints()
        self._handlers = Handlers(self._hints, coroutines=self._awaits)
        self._replica = Replica(self._sender, lambda: (self._where.url, self._core.room))
        self._inbox = Inbox(self._core, self._replica, self._handlers, self._sender, server=where.server, clock=clock)
        self.players: Final[Players] = self._replica.players
        """Those in the room, by id, in the order of joining."""
        self.state: Final[Shared] = self._replica.state
        """The room's shared state: everyone reads it and may set it."""
        self.random: Final = RoomRandom(self._running_call, lambda: self._replica.fold.seed or self._core.room)
        """The room's dice: in functions that the room runs, they give the same numbers on every computer."""

    # ------------------------------------------------------------------ what a program asks

    @property
    def name(self) -> str:
        """The room's name, also where it was joined by its code."""
        return self._core.room

    @property
    def code(self) -> str:
        """The room's code: a few letters that stand for it on its server, to be said and typed."""
        return self._core.code

    @property
    def party_ticket(self) -> str:
        """With it, the others of the party take the seats that were reserved for them; "": none were.

        They say `roomcast.join(room.code, party=ticket)`.
        """
        return self._core.ticket

    @property
    def me(self) -> Player:
        """The player that this program is."""
        return self._replica.me

    @property
    def host(self) -> Player | None:
        """The player who has been here longest, of those who are connected; None: nobody is.

        The same in all programs, after the same entries. The event "host" tells when it is another.
        """
        return self._replica.host

    @property
    def seq(self) -> int:
        """The place in the room's order of the last entry that was run here."""
        return self._replica.seq

    @property
    def closed(self) -> bool:
        """True when this program has left the room, or the server has disconnected it for good."""
        return self._inbox.closed is not None

    @property
    def unacknowledged(self) -> int:
        """How many messages of this program have not come back yet. What has come back may still wait to be run."""
        return self._core.unacknowledged

    @property
    def outdated(self) -> int:
        """How many messages of this program were not sent because they were outdated (`latest` and `ttl` of `send`)."""
        return self._core.outdated

    @property
    def latency(self) -> float | None:
        """Seconds that a message takes to the server and back, smoothed; None before that is known.

        It is measured from when you first ask: at once, every five seconds, and on each new connection. The first
        value is there about one round trip later. What this program does meanwhile in the thread of its network, as
        an asyncio program does, and what the server holds back for its rate, takes its time in it, too.
        """
        return self._sender.latency()

    # ------------------------------------------------------------------ what a program does

    @overload
    def everywhere(self, run: signatures.WithPlayer[P]) -> Callable[P, None]: ...
    @overload
    def everywhere(self, run: Callable[P, object]) -> Callable[P, None]: ...
    @overload
    def everywhere(self, *, latest: bool = False, ttl: float | None = None) -> signatures.Everywhere: ...
    def everywhere(self, run: Any = None, *, latest: bool = False, ttl: float | None = None) -> Callable[..., Any]:
        """Decorator: calling the function sends the call; it runs on every computer when it comes back.

        A first parameter called `player` receives who called and is left out by the caller. Type hints
        convert and check the other arguments. The call itself returns None at once; it raises
        `BadArgument` for arguments that do not fit or cannot be sent, `TooFast` when too much waits, and `RoomClosed`.

        With `latest` and `ttl`, calls that wait here are dropped as by `send`:

            @room.everywhere(latest=True)
            def aim(player, x, y):
                ...
        """
        if latest is False and ttl is None:
            return self._everywhere(run, None)
        when = outdating(latest, ttl)
        return (lambda run: self._everywhere(run, when)) if run is None else self._everywhere(run, when)

    def _everywhere(self, run: Any, when: Outdating | None) -> Callable[..., None]:
        if getattr(run, "sends_to", None) is self:
            raise BadArgument(
                "this function is called everywhere already: write @room.everywhere once", topic="decorator"
            )
        function = self._handlers.add_everywhere(run)
        command, bind, do = function.command, function.bind, self._sender.do

        @functools.wraps(run)
        def call(*args: object, **kwargs: object) -> None:
            arguments, blobs = bind(args, kwargs)
            do(command, arguments, blobs, None, when)

        call.sends_to = self  # type: ignore[attr-defined]
        return call

    @overload
    def on(self, name: signatures.PresenceEvent) -> Callable[[PresenceHandler], PresenceHandler]: ...
    @overload
    def on(self, name: signatures.ReasonEvent) -> Callable[[ReasonHandler], ReasonHandler]: ...
    @overload
    def on(self, name: Literal["set"]) -> Callable[[SetHandler], SetHandler]: ...
    @overload
    def on(self, name: Literal["error"]) -> Callable[[ErrorHandler], ErrorHandler]: ...
    @overload
    def on(self, name: Literal["progress"]) -> Callable[[ProgressHandler], ProgressHandler]: ...
    @overload
    def on(self, name: Literal["desync"]) -> Callable[[DesyncHandler], DesyncHandler]: ...
    @overload
    def on(self, name: Literal["resumed"]) -> Callable[[ResumedHandler], ResumedHandler]: ...
    @overload
    def on(self, name: Literal["skipped"]) -> Callable[[SkippedHandler], SkippedHandler]: ...
    def on(self, name: str, *more: object) -> Callable[[_F], _F]:
        """Decorator: call the function for each event of that name. Raises `BadArgument`.

        A name that is no event is taken for a command, as `command` does; type checkers know the events alone.

        Events: "join", "leave", "away", "back", "host" (player), "set" (player, patch), "error" (error),
        "desync" (seq, players), "progress" (player, progress),
        "offline" (why), "resumed" (missed), "skipped" (first, last), "lost" (why), "closed" (why).
        """
        known = event_or_command(name, more)

        def register(run: _F) -> _F:
            self._handlers.add(known, run)
            return run

        return register

    def command(self, name: str, *more: object) -> Callable[[_F], _F]:
        """Decorator: call the function for each command of that name, which `send` sends. Raises `BadArgument`."""
        known = command_name(name, more)

        def register(run: _F) -> _F:
            self._handlers.add_command(known, run)
            return run

        return register

    def check(self, state: Callable[[], Json], every: int = 100) -> Callable[[], Json]:
        """Let the server find out whether all programs in the room have the same state; also as a decorator.

        `state` returns the program's own state (what JSON can carry), and is called after every `every` entries, in
        `pump()`. Its hash is compared with the others'. On the first difference all who registered
        `room.on("desync")` get the seq after which the states differ, and the players who differ from most.
        Raises `BadArgument` for an `every` below 1.
        """
        if not callable(state):
            raise BadArgument(
                f"room.check takes a function that returns the state, not {shown(state)}: use a lambda", topic="check"
            )
        self._inbox.checks.add(state, whole_number("every=", every, 1))
        return state

    def world(self, save: Callable[[], Json]) -> World:
        """Decorator: the function returns the program's own state (what JSON can carry), for those who come later.

        The room asks for it now and then. `load` of what this returns is the decorator of the function that takes such
        a state over: it is called in place of all that happened before, for newcomers and for those who missed too
        much. Both go before the first `pump()`; until the world has come, nothing is run. Raises `BadArgument`.

            @room.world
            def world():
                return {"dots": dots}

            @world.load
            def load(saved):
                dots.clear()
                dots.update(saved["dots"])
        """
        check_runs(save, "room.world", coroutines=False)
        return self._inbox.worlds.register(save)

    def _ask(self, name: str, args: tuple[Argument, ...], kwargs: dict[str, Argument], answer: PendingAnswer) -> None:
        """Ask the rules of the room. Raises as `send`."""
        command = command_name(name)
        values, named, blobs = take_out(args, kwargs)
        if blobs:
            raise BadArgument(f"{command}: what is asked has no bytes: send them first", topic="bytes")
        self._sender.ask(command, to_json(command, values, named), answer)

    def send(
        self,
        name: str,
        /,
        *args: Argument,
        to: Player | str | Iterable[Player | str] | None = None,
        latest: bool = False,
        ttl: float | None = None,
        **kwargs: Argument,
    ) -> None:
        """Send a command to everyone, or `to` some: players or their ids. It never blocks.

        Arguments that are bytes travel in pieces, and the command is run when all have come.

        `latest` and `ttl` are for what is of no use when it comes late. A command waits here while the connection is
        lost, or takes no more. With `latest`, it is dropped when a newer one with `latest`, of the same name and `to`,
        is sent meanwhile. With `ttl`, it is dropped when it has waited for more than so many seconds. What a lost
        connection has not brought to the server waits again. All others have their place in the room's order, like
        any command. `room.outdated` counts what was dropped.

            room.send("aim", x, y, latest=True)  # where I aim now
            room.send("shout", "look!", ttl=0.5)  # now, or never

        Raises `BadArgument` for what cannot be sent, and for bytes with `latest` or `ttl`; `TooFast` when too much
        waits; `RoomClosed`.
        """
        command = command_name(name)
        functions = self._handlers.commands.get(command)
        audience = None if to is None else ids_of(to, self._replica)
        if functions:
            arguments, blobs = functions[0].bind(args, kwargs)
        else:
            values, named, blobs = take_out(args, kwargs)
            arguments = to_json(command, values, named)
        when = None if latest is False and ttl is None else outdating(latest, ttl)
        self._sender.do(command, arguments, blobs, audience, when)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            send = f'room.send("{name}", …), or room.ask("{name}", …) where rules answer'
            how = "" if name.startswith("_") else f": to send a command of that name write {send}"
            raise AttributeError(f"room has no attribute {name!r}{how}", name=name, obj=self)


def player_name(name: str) -> str:
    """The name that a program gives itself, "" for one of the server's choice. Raises `BadArgument`."""
    given = text("name=", name)
    return clean_name(given, "a player's name") if given else ""
