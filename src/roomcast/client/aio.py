"""The client for asyncio: entries and callbacks run in the task that iterates over the room."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from asyncio.events import _get_running_loop
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from roomcast.client.asking import IN_TIME, late, result_of
from roomcast.client.call_queue import call_of
from roomcast.client.connected_room import ConnectedRoom, at_the_door, given_network
from roomcast.client.finder import find_server
from roomcast.client.given import seconds, secret_text
from roomcast.client.json_types import Argument
from roomcast.client.kept_session import Keep
from roomcast.client.log_entry import LogEntry
from roomcast.client.network_runner import NetworkOnLoop
from roomcast.client.running import RunningCall
from roomcast.client.where import Where, names_no_server, parse_where
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import Entry
from roomcast.errors import RoomBusy, RoomClosed
from roomcast.transports.client_network import ClientNetwork

_LONGEST = 1e9  # seconds: event loops cannot count much more


class AsyncRoom(ConnectedRoom):
    """A room, for an asyncio program. Made by `roomcast.connect`; enter it with `async with`.

    `async for entry in room` runs what arrives, in the room's order, and gives each entry of the log after
    its functions have run; these may be coroutine functions. One that has begun is finished, also where the task that
    waits for it is cancelled: whoever iterates next waits for it first. Iterate from one task at a time, on the event
    loop that has entered the room; `send` and state may be used from other threads too.
    """

    _awaits = True

    def __init__(
        self,
        where: Where,
        name: str,
        timeout: float,
        network: ClientNetwork | None = None,
        *,
        sought: str = "",
        keep: Keep = False,
        replay: bool = False,
        meet: Meet | None = None,
        credential: str | None = None,
    ) -> None:
        super().__init__(where, name, replay=replay, meet=meet, credential=secret_text("credential=", credential))
        self._sought = sought  # what the caller wrote, where the server is still to be found
        self._timeout = timeout
        self._given_network = network
        self._keep = keep
        self._network: NetworkOnLoop | None = None  # once it is entered: only then is it known where, and on which loop
        self._entered = False
        self._iterating = False
        self._running: asyncio.Future[object] | None = None  # a function of the program that has begun
        self._call: RunningCall | None = None  # which call that is
        self._given: Entry | RunningCall | None = None  # the entry given last; once somebody has asked, its call
        self._given_to: Callable[[], object] = lambda: None  # the task that iterates
        self._sender.barred = f"enter the room {self.name!r} first: async with roomcast.connect(…) as room"

    async def __aenter__(self) -> AsyncRoom:
        """Raises `CannotConnect`, and `RoomBusy` where it is entered already."""
        if self._entered and self._core.over is None:
            raise RoomBusy(
                f"the room {self.name!r} is entered already: connect to it once more for another player", topic="busy"
            )
        self._entered = True
        try:
            async with asyncio.timeout(self._timeout if self._timeout < _LONGEST else None):
                await self._enter()
        except TimeoutError:
            await self._give_up()
            raise self._no_answer(self._timeout) from None
        except BaseException:
            await self._give_up()
            raise
        self._has_connected()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._leave(stays=kind is not None)  # a program that is broken off may start again

    def __aiter__(self) -> AsyncRoom:
        if (task := _this_task()) is not None:
            self._given_to = weakref.ref(task)
        return self

    async def __anext__(self) -> LogEntry:
        """Raises `RoomClosed` when the server sent us away, and `RoomBusy`; ends when we left."""
        network = self._network
        if network is not None and _get_running_loop() is not network.loop:
            self._refuse_other_loops()
        if self._iterating or self._running is not None:
            self._refuse_others()
        if self._inbox.older or self._inbox.forgotten:
            self._hint_late()
        inbox, queue = self._inbox, self._inbox.queue
        calls, make_next_call, timer_runner = queue.calls, queue.make_next, inbox.timer_runner
        events, changes, core = inbox.events, inbox.changes, self._core
        self._iterating = True
        try:
            while True:
                if self._running is not None:
                    await self._finish_running(self._running)
                while calls:
                    queue.calling = True
                    result = make_next_call()
                    if result is not None and inspect.isawaitable(result):
                        self._running, self._call, queue.calling = _begun(result), queue.running_call(), False
                        inbox.checks.own_dice.pass_over()
                        await self._finish_running(self._running)
                    queue.calling = False
                if inbox.entry is not None:
                    self._given, inbox.entry = inbox.entry, None
                    return inbox.log_entry(self._given)
                if timer_runner.timers is not None and timer_runner.take(core.ticked):
                    continue
                if (events or changes) and not core.holding:
                    inbox.next()
                elif inbox.closed is not None:
                    if inbox.closed.code == "left":
                        raise StopAsyncIteration
                    raise RoomClosed(inbox.closed.message, inbox.closed.code)
                elif network is None:
                    raise RoomClosed(self._sender.barred, topic="closed")
                else:
                    self._tend()
                    network.arrived.clear()
                    if not inbox.ready:
                        await network.arrived.wait()
        finally:
            self._iterating = queue.calling = False

    async def ask(
        self,
        name: str,
        /,
        *args: Argument,
        timeout: float = IN_TIME,  # noqa: ASYNC109  so that who asks reads which answer is late
        **kwargs: Argument,
    ) -> Any:
        """Ask the rules of the room: send a command, and wait for what its handler returns, at most `timeout` seconds.

            dice = await room.ask("roll", sides=6)

        The answer is there as soon as it has come; the state follows where somebody iterates over the room. Raises
        `Refused` where the rules refuse, where there are none, and where nothing comes in time ("unanswered"); else as
        `send`.
        """
        timeout = seconds("timeout=", timeout)
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        answer = PendingAnswer(lambda: loop.call_soon_threadsafe(done.set))
        self._ask(name, args, kwargs, answer)
        try:
            async with asyncio.timeout(min(timeout, _LONGEST)):
                await done.wait()
        except TimeoutError:
            raise late(name, timeout) from None
        return result_of(answer)

    async def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        await self._leave(stays=False)

    async def _leave(self, *, stays: bool) -> None:
        """`stays`: where the session is kept, another run of the program may come back as the same player."""
        self._refuse_other_loops()
        if self._network is not None:
            stays = stays and self._inbox.kept is not None
            try:
                await self._network.leave(stays=stays)
            finally:
                self._end_session(stays=stays)

    # ------------------------------------------------------------------ getting in

    async def _enter(self) -> None:
        if self._sought:
            self._where = await asyncio.to_thread(find_server, self._sought, min(self._timeout, _LONGEST))
            self._inbox.server = self._where.server
        self._keep_session(self._keep)
        network = self._network = NetworkOnLoop(self._where, self._core, self._given_network)
        self._sender.waker, self._sender.barred = network, ""
        weakref.finalize(self, network.let_go).atexit = False  # a room that nobody has any more is left
        network.start()
        while True:
            network.arrived.clear()
            if self._is_admitted(network.first_failure):
                return
            await network.arrived.wait()

    def _forked(self) -> None:
        super()._forked()
        self._network = None  # in this process, its event loop is no loop

    async def _give_up(self) -> None:
        if self._network is not None:
            await self._network.give_up()
            self._end_session(stays=True)
        else:
            self._entered = False  # nothing was begun

    # ------------------------------------------------------------------ one at a time

    async def _finish_running(self, running: asyncio.Future[object]) -> None:
        """Wait for a function of the program. Where we are cancelled meanwhile, it goes on."""
        await asyncio.wait([running])
        self._running = None
        running.result()

    def _running_call(self) -> RunningCall | None:
        if self._network is None or not self._network.is_here:
            return None
        if self._inbox.queue.calling:
            return self._inbox.queue.running_call()
        if self._running is not None:
            return self._call if self._running is _this_task() else None
        given = self._given
        if self._iterating or given is None or self._inbox.entry is not None or self._given_to() is not _this_task():
            return None
        # What stands under `async for` is run at the entry's place, too, after the functions.
        if isinstance(given, Entry):
            given = self._given = call_of(given)
        return given

    def _refuse_other_loops(self) -> None:
        if self._network is not None and not self._network.is_here:
            raise RoomBusy(f"the room {self.name!r} was entered on another event loop: iterate and leave it there")

    def _refuse_others(self) -> None:
        if self._iterating or self._running is asyncio.current_task():
            raise RoomBusy(
                "another task iterates over this room, or one of its functions does: "
                "entries are run one at a time, by one task"
            )


def _begun(result: Awaitable[object]) -> asyncio.Future[object]:
    """What a coroutine function of the program does, as a task of its own."""
    if inspect.iscoroutine(result) or asyncio.isfuture(result):
        return asyncio.ensure_future(result)
    return asyncio.ensure_future(_awaited(result))


def _this_task() -> asyncio.Task[object] | None:
    return None if _get_running_loop() is None else asyncio.current_task()


async def _awaited(result: Awaitable[object]) -> object:
    return await result


def connect(
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
) -> AsyncRoom:
    """Join a room: `async with roomcast.connect("dots", name="red") as room`. Arguments as for `roomcast.join`.

    `network` is used on the event loop that enters the room.
    """
    timeout = seconds("timeout=", timeout)
    network, place, meet = given_network(network), parse_where(where), at_the_door(password, party, spectate=spectate)
    sought = where if names_no_server(where) else ""
    return AsyncRoom(
        place, name, timeout, network, sought=sought, keep=keep, replay=replay, meet=meet, credential=credential
    )
