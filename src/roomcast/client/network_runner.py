"""Where the network of a room runs: in a thread of its own, or on the program's event loop. Both run a `Link` there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from functools import partial
from typing import Final

from roomcast.client.arrivals import Arrivals
from roomcast.client.default_network import default_network
from roomcast.client.link import Link, Signal
from roomcast.client.where import Where
from roomcast.core.client.client_core import ClientCore
from roomcast.errors import CannotConnect
from roomcast.transports import bad_network
from roomcast.transports.client_network import ClientNetwork
from roomcast.transports.event_loop import new_loop
from roomcast.transports.scheduling import AsyncioScheduler

GIVE_UP_WITHIN: Final = 0.5  # seconds that the network may take to end where joining has failed
_LOOP_ENDED: Final = "the event loop that this room was entered on has ended"


def _asked_for() -> str:
    """The bad network that the environment asks for, as the query of an address. Raises `BadArgument`."""
    wanted = {name: os.environ.get(_variable(name), "") for name in bad_network.SETTINGS}
    return bad_network.query(wanted, _variable)


def _variable(name: str) -> str:
    """The environment variable: ROOMCAST_LAG. `roomcast serve` takes the same for its flags."""
    return f"ROOMCAST_{name.upper()}"


class _NetworkRunner:
    """A link on an event loop. `arrived` is set when the core has new events."""

    def __init__(
        self,
        where: Where,
        core: ClientCore,
        network: ClientNetwork,
        loop: asyncio.AbstractEventLoop,
        arrived: Signal,
    ) -> None:
        self._core = core
        self.loop = loop
        self._ended = asyncio.Event()
        self._wake_pending = False
        scheduler = AsyncioScheduler(loop)
        url = where.url + _asked_for()
        self._link = Link(url, core, network=network, scheduler=scheduler, arrived=arrived, ended=self._ended)

    @property
    def connected(self) -> bool:
        """Whether there is a connection that is open."""
        return self._link.connected

    @property
    def paused(self) -> bool:
        """Whether the connection is not read until the program has taken what waits, and wakes the network."""
        return self._link.paused

    @property
    def first_failure(self) -> Exception | None:
        """Why the first connection could not be made."""
        return self._link.first_failure

    def abandon(self, why: str) -> None:
        """The room is over, and the connection is not ours any more: nothing is written to it."""
        self._link.abandon(why)

    def measure(self) -> None:
        """Let the network ping the server now and then. From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self._link.measure)

    def let_go(self, *, stays: bool = False) -> None:
        """Leave the room without waiting, for nobody has it any more. From any thread. `stays`: see `Link.leave`."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(partial(self._link.leave, stays=stays))

    def _flush(self) -> None:
        self._wake_pending = False
        self._link.flush()


class NetworkThread(_NetworkRunner):
    """The network in a thread of its own. `network`: None for the default one, which may raise `CannotConnect`."""

    def __init__(self, where: Where, core: ClientCore, network: ClientNetwork | None) -> None:
        network = default_network() if network is None else network
        self.arrived = Arrivals()  # set also when the thread ends
        super().__init__(where, core, network, new_loop(), self.arrived)
        self._thread = threading.Thread(target=self._run, name=f"roomcast {where.room}", daemon=True)

    def start(self) -> None:
        """Start the thread, which begins to connect. Raises `CannotConnect` where the system has no more threads."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self.loop.close()
            raise CannotConnect(
                f"this program cannot start a thread for the network: {error}", topic="failed"
            ) from None

    def wake(self) -> None:
        """Let the network write what waits. From any thread, and from signal handlers."""
        if not self._wake_pending:  # once until the network's thread has looked, however much is sent
            try:
                self._wake_pending = True
                self.loop.call_soon_threadsafe(self._flush)
            except RuntimeError:
                pass  # the loop has ended: the core knows why
            except BaseException:  # a signal, between the two: what was handed over goes out all the same
                self._wake_pending = False
                self.loop.call_soon_threadsafe(self._flush)
                raise

    def leave(self, within: float, *, stays: bool = False) -> None:
        """Leave the room; returns when the thread has ended, or after `within` seconds."""
        if self._thread.ident is None:
            self.loop.close()  # it was never started
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self.let_go(stays=stays)
            self._thread.join(within)

    def _run(self) -> None:
        try:
            asyncio.set_event_loop(self.loop)
            self.loop.run_until_complete(self._keep_connected())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        except BaseException as error:
            self._link.fail(error)
        finally:
            with contextlib.suppress(Exception):
                self.loop.close()
            self._core.fail(_LOOP_ENDED)  # unless it is over already
            self.arrived.set()

    async def _keep_connected(self) -> None:
        self._link.start()
        await self._ended.wait()


class NetworkOnLoop(_NetworkRunner):
    """The network on the running event loop. `network`: None for the default one, which may raise `CannotConnect`."""

    def __init__(self, where: Where, core: ClientCore, network: ClientNetwork | None) -> None:
        network = default_network() if network is None else network
        self.arrived = asyncio.Event()
        super().__init__(where, core, network, asyncio.get_running_loop(), self.arrived)

    @property
    def is_here(self) -> bool:
        """Whether the event loop of this room is the one that runs here."""
        return asyncio._get_running_loop() is self.loop

    def start(self) -> None:
        """Begin to connect."""
        self._link.start()

    def wake(self) -> None:
        """Let the network write what waits, in the loop's next turn. From any thread, and from signal handlers."""
        if not self._wake_pending:
            try:
                self._wake_pending = True
                if self.is_here and asyncio.current_task() is not None:
                    self.loop.call_soon(self._flush)
                else:  # the loop may be waiting
                    self.loop.call_soon_threadsafe(self._flush)
            except RuntimeError:
                self.abandon(_LOOP_ENDED)
            except BaseException:
                self._wake_pending = False
                self.loop.call_soon_threadsafe(self._flush)
                raise

    async def leave(self, *, stays: bool = False) -> None:
        """Leave the room; returns when the connection has ended."""
        self._link.leave(stays=stays)
        await self._ended.wait()

    async def give_up(self) -> None:
        """Joining has failed: end the connection, and return after at most `GIVE_UP_WITHIN`."""
        self._link.leave()
        try:
            async with asyncio.timeout(GIVE_UP_WITHIN):
                await self._ended.wait()
        except TimeoutError:
            pass
        finally:
            self._link.drop()
