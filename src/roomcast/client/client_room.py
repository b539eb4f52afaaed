"""The room as a program sees it: what the game-loop shell and the asyncio shell have in common.

A program's calls go out by the sender; what arrives is run from the inbox, when the shell says so.
"""

from __future__ import annotations

import functools
import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from roomcast.client.blobs import take_out
from roomcast.client.handlers import Handlers, command_name
from roomcast.client.inbox import Inbox
from roomcast.client.json_arguments import to_json
from roomcast.client.players import Player, Players, Replica
from roomcast.client.sender import Sender
from roomcast.client.shared import Shared
from roomcast.client.where import Where
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Joined
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument, CannotConnect, ProtocolError

_F = TypeVar("_F", bound=Callable[..., object])


class ClientRoom:
    """One player's view of one room, and its way to act there.

    `core`: the conversation with the server, by default a new one. `clock` returns monotonic seconds.
    """

    def __init__(
        self,
        where: Where,
        name: str,
        *,
        core: ClientCore | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._where = where
        self._core = core or ClientCore(where.room, name, chance=random.random)
        self._lock = threading.Lock()  # guards the core: the program and the network both use it
        self._sender = Sender(self._core, self._lock, clock)
        self._handlers = Handlers()
        self._replica = Replica(self._sender)
        self._inbox = Inbox(self._core, self._replica, self._handlers, self._sender, server=where.server, clock=clock)
        self.players: Final[Players] = self._replica.players
        self.state: Final[Shared] = self._replica.state

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
    def me(self) -> Player:
        """The player that this program is."""
        return self._replica.me

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
        """How many messages of this program have not come back yet."""
        return self._core.unacknowledged

    # ------------------------------------------------------------------ what a program does

    def everywhere(self, run: Callable[..., object]) -> Callable[..., None]:
        """Decorator: calling the function sends the call; it runs on every computer when it comes back.

        A first parameter called `player` receives who called and is left out by the caller. Type hints
        convert and check the other arguments. The call itself returns None at once; it raises
        `BadArgument` for arguments that do not fit or cannot be sent, `TooFast` when too much waits, and `RoomClosed`.
        """
        function = self._handlers.add_command(run.__name__, run)
        command, bind, do = function.command, function.bind, self._sender.do

        @functools.wraps(run)
        def call(*args: object, **kwargs: object) -> None:
            arguments, blobs = bind(args, kwargs)
            do(command, arguments, blobs, None)

        return call

    def on(self, name: str) -> Callable[[_F], _F]:
        """Decorator: call the function for each command of that name, or for each event. Raises `BadArgument`.

        Events: "join", "leave", "away", "back" (player), "set" (player, patch), "error" (error),
        "desync" (seq, players), "progress" (player, progress),
        "offline" (why), "resumed" (missed), "skipped" (first, last), "lost" (why), "closed" (why).
        """

        def register(run: _F) -> _F:
            self._handlers.add(name, run)
            return run

        return register

    def check(self, state: Callable[[], Json], every: int = 100) -> Callable[[], Json]:
        """Let the server find out whether all programs in the room have the same state; also as a decorator.

        `state` returns the program's own state (what JSON can carry), and is called after every `every` entries, in
        `pump()`. Its hash is compared with the others'. On the first difference all who registered
        `room.on("desync")` get the seq after which the states differ, and the players who differ from most.
        Raises `BadArgument` for an `every` below 1.
        """
        if every < 1:
            raise BadArgument(f"every={every}: the interval is at least 1 entry")
        self._inbox.checks.append((state, every))
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
        command = command_name(name)
        functions = self._handlers.commands.get(command)
        audience = None if to is None else _ids(to)
        if functions:
            self._sender.do(command, *functions[0].bind(args, kwargs), audience)
        else:
            values, named, blobs = take_out(args, kwargs)
            self._sender.do(command, to_json(command, values, named), blobs, audience)

    # ------------------------------------------------------------------ getting in

    def _is_admitted(self, failure: Exception | None) -> bool:
        """Whether the first welcome has arrived. `failure`: why the first connection could not be made.

        Raises `CannotConnect` where that will not succeed, so that a person reads why instead of waiting.
        """
        events = self._core.events
        while events and not isinstance(events[0], Joined):
            events.popleft()  # an error: the bye that follows says the same
        if events:
            self._inbox.next()
            return True
        refusal = self._core.over.message if self._core.over is not None else self._core.bye_message
        if refusal:
            raise CannotConnect(f"{self._where.server} did not let us into {self.name!r}: {refusal}")
        if failure is not None:
            raise CannotConnect(_explain(self._where, failure))
        return False

    def _no_answer(self, timeout: float) -> CannotConnect:
        server = self._where.server
        return CannotConnect(
            f"{server} does not answer within {timeout:g} seconds: is that the address of a Roomcast server?"
        )


def _ids(to: Player | str | Iterable[Player | str]) -> tuple[str, ...]:
    several = [to] if isinstance(to, Player | str) else list(to)
    ids = tuple(one.id if isinstance(one, Player) else one for one in several)
    if not all(isinstance(one, str) for one in ids):
        raise BadArgument("to= takes a player, a player's id, or several of them")
    return ids


def _explain(where: Where, failure: Exception) -> str:
    """Why a first connection could not be made, and what to do."""
    if isinstance(failure, ConnectionRefusedError):
        return (
            f"no server answers at {where.server}: start one with 'roomcast serve', "
            "or set ROOMCAST_SERVER=host:port to where one is"
        )
    if isinstance(failure, TimeoutError):
        return f"{where.server} does not answer: is that the address of a Roomcast server?"
    if isinstance(failure, ConnectionError | ProtocolError):
        return f"what answers at {where.server} is no Roomcast server: is the port right?"
    return f"cannot reach {where.server} ({failure}): is the address right?"
