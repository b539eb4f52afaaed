"""The client for game loops: the network has its own thread, and callbacks run only inside `pump()`."""

from __future__ import annotations

import atexit
import sys
import threading
import time
import weakref
from types import TracebackType
from typing import Any

from roomcast.client.asking import Answer
from roomcast.client.client_room import player_name
from roomcast.client.connected_room import ConnectedRoom, at_the_door, given_network
from roomcast.client.finder import find_server
from roomcast.client.given import seconds, secret_text
from roomcast.client.hints import never_pumped
from roomcast.client.json_types import Argument
from roomcast.client.kept_session import Keep
from roomcast.client.link import LEAVE_WITHIN
from roomcast.client.network_runner import GIVE_UP_WITHIN, NetworkThread
from roomcast.client.running import RunningCall
from roomcast.client.tk_pump import TkPump
from roomcast.client.where import Where
from roomcast.core.protocol.meet_request import Meet
from roomcast.errors import RoomBusy
from roomcast.transports.client_network import ClientNetwork


class Room(ConnectedRoom):
    """A room, for a program with a loop of its own. Made by `roomcast.join` and `roomcast.host`.

    Safe to call from any thread; `pump()` runs the callbacks in the thread that calls it.
    """

    def __init__(
        self,
        where: Where,
        name: str,
        timeout: float,
        network: ClientNetwork | None = None,
        *,
        deadline: float | None = None,  # by `time.monotonic`; None: `timeout` from now
        keep: Keep = False,
        replay: bool = False,
        meet: Meet | None = None,
        credential: str | None = None,
    ) -> None:
        super().__init__(where, name, replay=replay, meet=meet, credential=secret_text("credential=", credential))
        self._sender.never_pumped = True
        self._tk: TkPump | None = None  # what pumps from a window's loop
        self._pumping: dict[str, int] = {}  # "by": the thread that is running entries
        self._network: NetworkThread = NetworkThread(where, self._core, network)
        self._arrived = self._network.arrived
        self._sender.waker = self._network
        try:
            self._keep_session(keep)
            self._network.start()
            self._wait_for_welcome(timeout, time.monotonic() + timeout if deadline is None else deadline)
            self._has_connected()
            _open_rooms.add(self)
            weakref.finalize(self, self._network.let_go).atexit = False  # a room that nobody has any more is left
        except BaseException:
            self._network.leave(GIVE_UP_WITHIN)
            self._end_session(stays=True)
            _open_rooms.discard(self)
            raise

    def ask(self, name: str, /, *args: Argument, **kwargs: Argument) -> Answer:
        """Ask the rules of the room: send a command, of which the handler's result is the answer. It never blocks.

            room.ask("roll", sides=6).then(show)  # show(4), in pump()
            dice = room.ask("roll", sides=6).result()  # waits

        Raises as `send`.
        """
        answer = Answer(name)
        self._ask(name, args, kwargs, answer.pending)
        return answer

    def pump(self, budget: float | None = None, wait: float = 0.0) -> int:
        """Run what has arrived, in the room's order, in this thread; returns how many entries that were.

        `budget`: seconds after which the rest is left for the next call. `wait`: where nothing has arrived, seconds to
        wait for something. An exception in one of your functions comes out of here; what came after it still waits.
        One of your functions may call it, too. Raises `RoomBusy` where another thread is in here, and `BadArgument`.
        """
        self._sender.never_pumped = False
        if budget is not None:
            budget = seconds("budget=", budget)
        if type(wait) is not float or wait:
            wait = seconds("wait=", wait)
        pumping, inbox, me = self._pumping, self._inbox, threading.get_ident()
        within = pumping.get("by") == me
        queue = inbox.queue
        calling = (within and queue.running_call()) or False  # in a function of the program, which may pump, too
        if within and not calling:
            raise RoomBusy("pump() was interrupted in the middle of an entry: a signal handler cannot pump here")
        ours = True
        try:
            if pumping.setdefault("by", me) != me:  # one step: two threads cannot both find it free
                ours = False
                raise RoomBusy("another thread is in pump() of this room: call it in one thread alone")
            count = self._run_entries(budget, wait)
        finally:
            if ours:
                queue.calling = calling
                if not within:
                    pumping.clear()
        return count

    def _run_entries(self, budget: float | None, wait: float) -> int:
        if self._inbox.older or self._inbox.forgotten:
            self._hint_late()
        inbox, queue = self._inbox, self._inbox.queue
        calls, make_next_call, timer_runner = queue.calls, queue.make_next, inbox.timer_runner
        events, changes = inbox.events, inbox.changes
        started = time.monotonic()
        self._tend()
        if wait > 0 and not calls and not inbox.ready and inbox.closed is None:
            self._arrived.clear()
            if not inbox.ready:
                self._arrived.wait(wait)
        ticked, count, most = self._core.ticked, 0, inbox.waiting
        while True:
            while calls:
                queue.calling = True
                make_next_call()
                queue.calling = False
            if budget is not None and time.monotonic() - started >= budget:
                break
            if timer_runner.timers is not None and timer_runner.take(ticked):
                continue
            if not (most and (events or changes)):  # a callback may have pumped, too
                break
            most -= 1
            if inbox.next() is not None:
                count += 1
        self._tend()
        return count

    def attach(self, window: Any = None, every: float = 0.01) -> None:
        """Pump from the loop of a Tk window, until the room is closed or the window destroyed.

        `window`: a window, any widget in one, or the module `turtle`; of several, the newest one pumps. `every`:
        seconds between two times. An exception in one of your functions is shown as Tk shows all of them, and the next
        time comes nevertheless. A function that runs Tk's loop itself, as dialogs do, is finished before the next one
        is run. When the window is destroyed, the room is left; with `keep`, when the program ends.
        Raises `BadArgument`.

            window = tkinter.Tk()
            room.attach(window)
            window.mainloop()
        """
        seconds_between = seconds("every=", every)
        former, self._tk = self._tk, TkPump(self, window, seconds_between)
        if former is not None:
            former.stop()

    def _running_call(self) -> RunningCall | None:
        return self._inbox.queue.running_call() if self._is_pumped_here() else None

    def _is_pumped_here(self) -> bool:
        return self._pumping.get("by") == threading.get_ident()

    def _window_closed(self) -> None:
        if self._inbox.kept is None:  # else it may come back, and the program's end says how it is left
            self.leave()

    def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        self._leave(stays=False)

    def _leave(self, *, stays: bool) -> None:
        """`stays`: where the session is kept, another run of the program may come back as the same player."""
        stays = stays and self._inbox.kept is not None
        _open_rooms.discard(self)
        if self._sender.never_pumped and (self._handlers.commands or self._handlers.events):
            self._hints.give("pump", "", f"none of this program's functions has run: it has {never_pumped()}")
        self._network.leave(LEAVE_WITHIN + 1, stays=stays)
        self._core.leave()  # where the network's thread did not come to it
        self._end_session(stays=stays)
        self._inbox.closed = self._inbox.closed or self._core.over

    def _end_program(self) -> None:
        if hasattr(sys, "last_value") and not hasattr(sys, "ps1"):  # it ended by an exception, perhaps before its loop
            self._sender.never_pumped = False
        if self._inbox.kept is None:
            self.leave()
        else:
            self._leave(stays=True)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is not None:  # perhaps before its loop
            self._sender.never_pumped = False
        if kind is None or self._inbox.kept is None:
            self.leave()
        else:  # the program is broken off, and may start again
            self._leave(stays=True)

    def __repr__(self) -> str:
        return f"<room {self.name} at {self._where.server}, as {self.me.id}>"

    def _wait_for_welcome(self, timeout: float, deadline: float) -> None:
        while True:
            self._arrived.clear()
            if self._is_admitted(self._network.first_failure):
                return
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._no_answer(timeout)
            self._arrived.wait(left)


def join(
    where: str,
    name: str = "",
    *,
    timeout: float = 10.0,
    network: ClientNetwork | None = None,
    keep: Keep = False,
    replay: bool = False,
    password: str = "",
    party: str = "",
    credential: str | None = None,
    spectate: bool = False,
) -> Room:
    """Join a room, and return it after the server's welcome.

    `where`: a room's name or code, `host:port/room`, or a ws:// or wss:// address. For a name alone, the server is the
    one that ROOMCAST_SERVER names, else one on this computer, else one on this network: then a line on stderr says
    which. `name`: what others see; a room may have several of one name. `timeout`: seconds. `network`: what carries the
    frames (`roomcast.transports.client_network`), None for WebSockets on picows; it is used in a thread of its own, on
    an asyncio event loop. `keep`: True, or the name of a file: a program that ends without `leave` and starts again
    within two minutes comes back as the same player. `replay`: run what happened in the room before, as far as the
    room still keeps it, from its beginning. `password`: of a room that has one; a room with rules that this call makes
    gets it. `party`: the ticket (`room.party_ticket`) of a friend who has reserved a seat. `credential`: by which a
    room with rules knows who you are (their `on_auth`): a password, or a token of another service; it is sent to the
    server alone. `spectate`: look on, without a seat and without acting. Raises `CannotConnect` after at most `timeout`
    seconds, and `BadArgument`.
    """
    timeout, started = seconds("timeout=", timeout), time.monotonic()
    name, network, meet = player_name(name), given_network(network), at_the_door(password, party, spectate=spectate)
    found = find_server(where, timeout)
    deadline = started + timeout
    return Room(
        found, name, timeout, network, deadline=deadline, keep=keep, replay=replay, meet=meet, credential=credential
    )


_open_rooms: weakref.WeakSet[Room] = weakref.WeakSet()


@atexit.register
def _leave_all() -> None:
    """A program that simply ends leaves its rooms, so that nobody waits for it: unless it may come back (`keep`)."""
    for room in list(_open_rooms):
        room._end_program()
