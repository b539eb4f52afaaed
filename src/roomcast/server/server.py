"""A server: it listens, and drives the hub, which does no input or output of its own."""

from __future__ import annotations

import asyncio
import errno
import math
import secrets
import time
from collections.abc import Callable
from typing import Final

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer import Peer
from roomcast.discovery.announce import Announcement, is_for_others
from roomcast.discovery.service import machine, may_announce
from roomcast.errors import BadArgument, CannotServe
from roomcast.server import addresses
from roomcast.server.pages import Pages
from roomcast.server.routes import routes
from roomcast.storage.sqlite import SqliteStore
from roomcast.transports import line_connection, websocket

PORT: Final = 8112
STARTER_PORT: Final = 50003
STARTER_ROOM: Final = "dots"
NAMES: Final = (
    "Ada", "Alan", "Barbara", "Claude", "Dennis", "Donald", "Edsger", "Fran", "Grace", "Hedy", "Joan", "John",
    "Katherine", "Ken", "Leslie", "Lynn", "Margaret", "Niklaus", "Radia", "Shafi", "Sophie", "Tim", "Tony", "Whitfield",
)  # fmt: skip
"""Names for starter clients, who bring none: first names of people who made computing."""

_SWEEP_EVERY: Final = 1.0  # seconds
_STOOD_STILL: Final = 1.0  # seconds: a sweep that comes so late says that the computer slept
_CLOSE_WITHIN: Final = 0.6  # seconds that connections have to answer our close, when all was read


class Server:
    """One server on one event loop. `port` and `starter_port` are the real ones after `start`.

    `starter_port` None: no starter clients. `show` is called with each command's six steps. `token`: what those must
    know who kick players and close rooms; "": nobody may. `store`: where rooms are kept; None: in memory only.
    `announce`: say on the network that this server is here, so that others find it by the name of a room; it has no
    effect where the environment forbids it, or on a server for this computer alone.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        host: str = "0.0.0.0",
        port: int = PORT,
        starter_port: int | None = STARTER_PORT,
        starter_room: str = STARTER_ROOM,
        starter_names: tuple[str, ...] = NAMES,
        show: Callable[[CommandTrace], None] | None = None,
        token: str = "",
        store: SqliteStore | None = None,
        announce: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.starter_port = starter_port
        self.starter_room = _checked_room(starter_room)
        self._names = _checked_names(starter_names)
        self._wall_minus_clock = 0.0
        self.directory = Directory(
            limits or Limits(),
            secret=lambda: secrets.token_urlsafe(18),
            clock=self._milliseconds,
            wake=self._wake,
            show=show,
            token=token,
            store=store,
        )
        self._store = store
        self._announce = announce and may_announce()
        self.announcement: Announcement | None = None  # while it listens
        self._listeners: list[asyncio.Server] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0  # when it rings
        self._sweeper: asyncio.TimerHandle | None = None
        self._sweep_due = math.inf

    @property
    def addresses(self) -> list[str]:
        """`host:port` for others to type, those for other computers first."""
        return [addresses.joined(host, self.port) for host in addresses.reachable(self.host)]

    async def start(self) -> None:
        """Listen. Raises `CannotServe`, with a sentence that says what to do."""
        self._loop = asyncio.get_running_loop()
        if self._store is not None:
            self._store.start(self._loop.call_soon_threadsafe)
        self._sweep()
        pages = Pages(self.directory, lambda: addresses.joined(addresses.likeliest(self.host), self.port))
        try:
            self._listeners.append(
                await _listening(
                    websocket.listen(self.directory, self.host, self.port, routes(pages).respond),
                    self.host,
                    self.port,
                    "--port",
                )
            )
            self.port = _port_of(self._listeners[-1])
            self.directory.codes.server = f"{machine()}:{self.port}"
            if self.starter_port is not None:
                self._listeners.append(
                    await _listening(
                        line_connection.listen(
                            self.directory, self.host, self.starter_port, self.starter_room, self._names
                        ),
                        self.host,
                        self.starter_port,
                        "--starter-port",
                    )
                )
                self.starter_port = _port_of(self._listeners[-1])
        except CannotServe:
            await self.close()
            raise
        if self._announce and is_for_others(self.host):
            self.announcement = Announcement(self.host, self.port)
            self.announcement.start()

    async def close(self, message: str = "the server is closing") -> None:
        """Say `bye` to everyone and end: within a second, or when those who still read what waits have read it."""
        goodbye = self._loop.run_in_executor(None, self.announcement.close) if self.announcement is not None else None
        for listener in self._listeners:
            listener.close()
        began = time.monotonic()
        self.directory.close(message, began)
        while self.directory.peers and (waited := time.monotonic() - began) < self.directory.limits.drain:
            await asyncio.sleep(0.01)
            if waited > _CLOSE_WITHIN:
                self._cut_off(lambda peer: not peer.connection.unread())
        self.hurry()
        for handle in (self._timer, self._sweeper):
            if handle is not None:
                handle.cancel()
        if self._store is not None:
            await self._loop.run_in_executor(None, self._store.close)
        if goodbye is not None:
            await goodbye

    def hurry(self) -> None:
        """End all connections now, whoever still reads."""
        self._cut_off(lambda peer: True)

    def _cut_off(self, those: Callable[[Peer], bool]) -> None:
        for peer in list(self.directory.peers):
            if those(peer):
                peer.connection.abort()

    # ------------------------------------------------------------------ time

    def _milliseconds(self, now: float) -> int:
        return math.floor((now + self._wall_minus_clock) * 1000)

    def _wake(self) -> None:
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        now = time.monotonic()
        again = self.directory.flush(now)
        if again is None:
            return
        if self._timer is not None:
            if self._timer_due <= again:
                return
            self._timer.cancel()
        self._timer_due = again
        # In whole milliseconds, rounded up: the loop counts in those, and would turn idly for what is left of one.
        self._timer = self._loop.call_later(math.ceil((again - now) * 1000) / 1000, self._flush_paced)

    def _flush_paced(self) -> None:
        self._timer = None
        self._flush()

    def _sweep(self) -> None:
        now = time.monotonic()
        self._wall_minus_clock = time.time() - now
        late = now - self._sweep_due
        if late > _STOOD_STILL:
            self.directory.exclude_downtime(late)  # first, for what has come meanwhile is not read yet
        self.directory.sweep(now)
        self._sweep_due = now + _SWEEP_EVERY
        self._sweeper = self._loop.call_later(_SWEEP_EVERY, self._sweep)


async def _listening(listen, host: str, port: int, setting: str) -> asyncio.Server:  # type: ignore[no-untyped-def]
    try:
        server: asyncio.Server = await listen
        return server
    except OSError as error:
        raise CannotServe(_why_not(error, host, port, setting)) from None
    except UnicodeError:
        raise CannotServe(f"{host!r} is no name of a computer: leave --host out to listen on all addresses") from None
    except OverflowError:
        raise CannotServe(f"there is no port {port}: choose one from 1 to 65535 with {setting}") from None


def _why_not(error: OSError, host: str, port: int, setting: str) -> str:
    where = addresses.joined(host, port)
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken, perhaps by another server: end that one, or choose another with {setting}"
    if error.errno == errno.EACCES:
        return f"no permission to listen on port {port}: choose one of 1024 or more with {setting}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this computer has no address {host}: leave --host out to listen on all it has"
    return f"cannot listen on {where}: {error.strerror or error}: check --host and {setting}"


def _port_of(listener: asyncio.Server) -> int:
    return int(listener.sockets[0].getsockname()[1])


def _checked_room(room: str) -> str:
    try:
        return names.clean_room_name(room)
    except BadArgument as error:
        raise CannotServe(f"--starter-room: {error}") from None


def _checked_names(starter_names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        checked = tuple(names.clean_name(name, "a name") for name in starter_names)
    except BadArgument as error:
        raise CannotServe(f"--names: {error}") from None
    if not checked or any(" " in name for name in checked):
        raise CannotServe("--names: at least one name, without blanks, separated by commas: --names Ada,Alan")
    return checked
