"""A room that has a network: how a program is let in, comes back with its session, and is left in a forked process."""

from __future__ import annotations

import logging
import os
import weakref
from typing import Any, Final, Protocol

from roomcast.client.client_room import ClientRoom
from roomcast.client.connect_errors import cannot_connect, no_answer, not_admitted
from roomcast.client.given import shown, text, yes_or_no
from roomcast.client.kept_session import Keep, kept_session
from roomcast.client.sender import Waker
from roomcast.core.client.client_events import Joined
from roomcast.core.protocol.made_names import read_made_name
from roomcast.core.protocol.meet_request import Meet
from roomcast.errors import BadArgument, CannotConnect
from roomcast.transports.client_network import ClientNetwork, NotWebSocket

_FORKED: Final = "this process was forked from the one that joined the room: join again in here"

_connected: weakref.WeakSet[ConnectedRoom] = weakref.WeakSet()  # rooms of this process that have begun to connect


class Network(Waker, Protocol):
    """Where the network of a room runs, as the room sees it."""

    @property
    def paused(self) -> bool:
        """Whether nothing is read until the program has taken what waits, and wakes the network."""
        ...

    def abandon(self, why: str) -> None:
        """The room is over, and the connection is not ours any more: nothing is written to it."""


class ConnectedRoom(ClientRoom):
    """What the shells for game loops and for asyncio have in common, beside what any room has."""

    _network: Network | None = None  # from when it begins to connect

    def _has_connected(self) -> None:
        """The room is open: in a forked process, it is left to the parent."""
        _connected.add(self)

    def _keep_session(self, keep: Keep) -> None:
        """Come back with the session that is kept there, and keep ours. Raises `BadArgument`."""
        kept = self._inbox.kept = kept_session(keep, self._where, self._core.name)
        if kept is not None and kept.session:
            self._core.take_up(kept.session)
            self._core.come_back_to(kept.found)

    def _end_session(self, *, stays: bool) -> None:
        """The room is left. `stays`: the session may be taken up later, by another run of the program."""
        kept, over = self._inbox.kept, self._core.over
        if kept is not None:
            if not stays or (over is not None and over.code not in ("", "left")):
                kept.forget()
            kept.release()

    def _is_admitted(self, failure: Exception | None) -> bool:
        """Whether the first welcome has arrived. `failure`: why the first connection could not be made.

        Raises `CannotConnect` where that will not succeed, so that a person reads why instead of waiting.
        """
        events = self._core.events
        while events and not isinstance(events[0], Joined):
            events.popleft()  # an error: the bye that follows says the same
        if events:
            self._inbox.next()
            if self._core.near:
                self._hints.give("first-here", self.name, f"{self._first_in()}. Is the name right?")
            return True
        core = self._core
        over = core.over
        refusal, code = (core.bye_message, core.bye_code) if over is None else (over.message, over.code)
        if refusal:
            if isinstance(failure, NotWebSocket):
                raise cannot_connect(self._where, failure, code)
            raise not_admitted(self._where, self.name, refusal, code)
        if failure is not None:
            raise cannot_connect(self._where, failure)
        return False

    def _first_in(self) -> str:
        """In which room we are the first, and what others there are."""
        others, made = ", ".join(map(repr, self._core.near)), read_made_name(self.name)
        if made is None:
            return f"you are the first in the room {self.name!r}; other rooms here: {others}"
        return f"this server has no rules for {made.kind!r}, so this is a room without; it has some for {others}"

    def _hint_late(self) -> None:
        """What was before we came is nowhere to be seen, if the program's functions made anything of it."""
        older, self._inbox.older = self._inbox.older, 0
        forgotten, self._inbox.forgotten = self._inbox.forgotten, 0
        if not self._handlers.commands or self._inbox.worlds.world is not None:
            return
        if forgotten:
            self._hints.give(
                "late",
                "",
                f"the room {self.name!r} has forgotten its first {forgotten:,} entries, so replay=True runs what came "
                "after them: what this program's functions would have made of those is missing here. For a room that "
                "runs for hours, write @room.world",
            )
        elif older:
            calls = "was one call" if older == 1 else f"were {older:,} calls"
            self._hints.give(
                "late",
                "",
                f"before this program came, there {calls} in the room {self.name!r}, of which it sees nothing. To run "
                "them here as well, write roomcast.join(…, replay=True); for a room that runs for hours, @room.world",
                logging.INFO,  # in a chat, or where state says all, nothing is missing: that cannot be told from here
            )

    def _no_answer(self, timeout: float) -> CannotConnect:
        return no_answer(self._where, self.name, timeout, self._core.trouble)

    def _tend(self) -> None:
        """After entries were taken: the network may wait for that, or a signal may have kept it from being woken."""
        if self._inbox.timer_runner.timers is not None:
            self._inbox.timer_runner.ask_for_time()
        network = self._network
        if network is not None and (network.paused or self._core.outbox.handed):
            network.wake()

    def _forked(self) -> None:
        if self._inbox.kept is not None:
            self._inbox.kept.release()  # the parent still holds it
        if self._network is not None and self._core.over is None:
            self._network.abandon(_FORKED)


def given_network(network: ClientNetwork | None) -> ClientNetwork | None:
    """The network, if it is one. Raises `BadArgument`."""
    if network is not None and not callable(getattr(network, "connect", None)):
        raise BadArgument(
            "network= takes an object with a method connect (roomcast.transports.client_network), "
            f"not {shown(network)}",
            topic="setting",
        )
    return network


def at_the_door(password: str, party: Any = "", *, spectate: bool = False) -> Meet | None:
    """What a hello says beside the room's name; None: nothing. Raises `BadArgument`."""
    password, spectate = text("password=", password), yes_or_no("spectate=", spectate)
    if isinstance(party, int):
        why = f"party={party}: seats for a party are reserved by join_or_create and create; join takes its ticket"
        raise BadArgument(why, topic="setting")
    ticket = text("party=", party)
    return Meet(password=password, spectate=spectate, ticket=ticket) if password or spectate or ticket else None


def _leave_to_the_parent() -> None:
    """In a forked process: the rooms' threads are not here, and their connections are the parent's."""
    for room in list(_connected):
        room._forked()
    _connected.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)
