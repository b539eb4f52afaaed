"""A server: what listens, the directory of rooms, and the driver that calls it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.line_codec import LineCodec
from roomcast.core.protocol.line_dialect import Dialect, parse_dialect
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.room.commit_log import Store
from roomcast.core.server.directory import Directory
from roomcast.core.server.failures import Failures
from roomcast.core.server.room_kinds import STATE_BY_EVERYONE, RoomKinds, StateBy, relays_only
from roomcast.discovery import announce
from roomcast.discovery.announce import Announcement
from roomcast.discovery.service import PORT, announced_host, host_and_port, machine, may_announce
from roomcast.errors import BadArgument, CannotServe
from roomcast.server import addresses, invitation
from roomcast.server.acceptors import JsonAcceptor, LineAcceptor
from roomcast.server.access import Access, AccessSettings
from roomcast.server.async_handlers import AsyncHandlers
from roomcast.server.auth_runner import AuthRunner
from roomcast.server.driver import Driver
from roomcast.server.entrance import Entrance, log
from roomcast.server.files import read_files
from roomcast.server.kind_pages import KindPages
from roomcast.server.learn_pages import LearnPages
from roomcast.server.listening import listening, port_of
from roomcast.server.open_files import raise_limit
from roomcast.server.pages import Pages
from roomcast.server.routes import Routes, routes
from roomcast.server.site_folder import SiteFolder
from roomcast.storage.memory import EphemeralStore
from roomcast.transports import line_connection, websocket
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from roomcast.transports.scheduling import AsyncioScheduler, Scheduler

Result = TypeVar("Result")


STARTER_PORT: Final = 50003
STARTER_ROOM: Final = "dots"
NAMES: Final = (
    "Ada", "Alan", "Barbara", "Claude", "Dennis", "Donald", "Edsger", "Fran", "Grace", "Hedy", "Joan", "John",
    "Katherine", "Ken", "Leslie", "Lynn", "Margaret", "Niklaus", "Radia", "Shafi", "Sophie", "Tim", "Tony", "Whitfield",
)  # fmt: skip
"""Names for starter clients, who bring none: first names of people who made computing."""


class Server:
    """One server on one asyncio event loop. After `start`, `port` and `starter_port` are the ones in use.

    `host` is the address to listen on; a port of 0 lets the system choose one. `starter_port=None`: no starter clients.
    They go into `starter_room`, under `starter_names`, and speak `starter_dialect` (docs/protocol.md has them all).
    `show` is called with the trace of each command. Whoever knows `token` may kick players and close rooms; "": nobody
    may. `store` keeps rooms on disk; None: rooms are in memory. `announce` announces the server on the network, unless
    the environment forbids it or `host` is this computer alone.
    `access`: which hosts requests may name, pages of which other sites may connect, which proxies are believed.

    `site`: a folder of the user's, whose files are served before the pages of the site.
    `kinds`: which rooms have rules; the page `NAME.html` in the folder is for rooms of the kind NAME, at /NAME.
    `state_by`: who sets the state of the others. `network`: a bad one through which all connections go, to try games.

    Raises `CannotServe` where the starter room, a name, the dialect, the folder or a rule of access is not valid.
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
        starter_dialect: str = "",
        show: Callable[[CommandTrace], None] | None = None,
        token: str = "",
        store: Store | None = None,
        announce: bool = False,
        access: AccessSettings | None = None,
        site: Path | None = None,
        kinds: RoomKinds = relays_only,
        network: BadNetwork = NOT_BAD,
        state_by: StateBy = STATE_BY_EVERYONE,
    ) -> None:
        self.host = host
        self.port = port
        self.starter_port = starter_port
        self.starter_room = _checked_room(starter_room)
        self.starter_dialect = starter_dialect
        self._names = _checked_names(starter_names)
        self.network = network
        has_rules = kinds is not relays_only
        self._site = None if site is None else SiteFolder(site, has_front=not has_rules)
        self.kind_pages = KindPages(self._site, kinds) if self._site is not None and has_rules else None
        self.access = Access(access or AccessSettings(), [host])
        limits = limits or Limits()
        self._driver = Driver(time.time)
        self._handlers, self._auths = AsyncHandlers(), AuthRunner()
        self._store = EphemeralStore() if store is None else store
        self.directory = Directory(
            limits,
            secret=lambda: secrets.token_urlsafe(18),
            seed=lambda: secrets.token_hex(16),
            clock=self._driver.clock,
            wake=self._driver.wake,
            show=show,
            token=token,
            store=self._store,
            log=log.warning,
            failures=Failures(_log_failure),
            lines=LineCodec(_checked_dialect(starter_dialect, limits), self._names),
            kinds=kinds,
            state_by=state_by,
            runs=self._handlers,
            auth_runs=self._auths,
        )
        self._announce = announce and may_announce()
        self.announcement: Announcement | None = None  # while it listens
        self._listeners: list[asyncio.Server] = []

    @property
    def addresses(self) -> list[str]:
        """`host:port` for others to type, those for other computers first."""
        return [host_and_port(host, self.port) for host in addresses.reachable_hosts(self.host)]

    async def start(self) -> None:
        """Open the store and listen. Raises `CannotServe`, with a sentence that says what to do."""
        self._loop = asyncio.get_running_loop()
        await self._in_thread(self._store.start, lambda: self._loop.call_soon_threadsafe(self._driver.poll_store))
        scheduler = AsyncioScheduler(self._loop)
        self._handlers.serve(self.directory, self._loop, scheduler.now)
        self._auths.serve(self.directory.auth, self._loop, scheduler.now, self.directory.limits.auth_time)
        self._driver.start(self.directory, scheduler)
        fitting = raise_limit(self.directory.limits.connections)
        if fitting is not None:
            self.directory.admission.most_sockets = fitting
        try:
            files = await self._in_thread(read_files)
            host = addresses.LikeliestHost(self.host, time.monotonic)
            kinds = self.kind_pages
            if kinds is not None:
                await self._in_thread(kinds.look)
            pages = Pages(
                self.directory, files, lambda: host_and_port(host.now(), self.port), self.network, kinds=kinds
            )
            learn = LearnPages()
            help_link = await self._in_thread(learn.help_link)
            await self._listen(routes(pages, self.access.shared, self._site, learn, kinds), help_link, scheduler)
            is_for_others = self._announce and await self._in_thread(announce.is_for_others, self.host)
        except BaseException:  # whatever it is: nothing may be left running
            await self.close()
            raise
        if is_for_others:
            self.announcement = Announcement(self.host, self.port)
            self.announcement.start()
        self._in_thread(self._prepare)

    def _prepare(self) -> None:
        """Import what the first requests for pages would import in the event loop."""
        invitation.prepare()
        addresses.likeliest_host(self.host)  # imports

    async def _listen(self, routes: Routes, help_link: Callable[[str], str], scheduler: Scheduler) -> None:
        """Open both ports. Raises `CannotServe`."""
        entrance = Entrance(self.directory, self.access.is_proxy)
        web = await listening(
            websocket.listen(
                JsonAcceptor(self.directory),
                self.directory.limits,
                scheduler,
                self.host,
                self.port,
                routes.respond,
                self.access,
                entrance,
                self.directory.failures,
                help_link,
                self.network,
            ),
            self.host,
            self.port,
            "--port",
        )
        self._listeners.append(web)
        self.port = port_of(web)
        self.access.hosts.add(announced_host(self.port))
        self.directory.codes.server = f"{machine()}:{self.port}"
        if self.starter_port is None:
            return
        starter = await listening(
            line_connection.listen(
                LineAcceptor(self.directory, self.starter_room, self._names),
                self.directory.limits,
                scheduler,
                self.host,
                self.starter_port,
                entrance,
                self.directory.failures,
                self.directory.lines,
                self.network,
            ),
            self.host,
            self.starter_port,
            "--starter-port",
        )
        self._listeners.append(starter)
        self.starter_port = port_of(starter)

    async def close(self, message: str = "the server is closing") -> None:
        """Say `bye` to everyone and end: within a second, or up to `Limits.drain` where clients still read."""
        goodbye = None if self.announcement is None else self._in_thread(self.announcement.close)
        for listener in self._listeners:
            listener.close()
        await self._handlers.close()
        ended = asyncio.Event()
        self._driver.close(message, ended.set)
        await ended.wait()
        await self._auths.close()
        await self._in_thread(self._store.close)
        if goodbye is not None:
            await goodbye

    def abort_all(self) -> None:
        """End all connections now; what clients have not read is lost."""
        self._driver.abort_all()

    def _in_thread(self, call: Callable[..., Result], *args: Any) -> asyncio.Future[Result]:
        """Call something that waits for a disk, a network or a thread: the event loop never does."""
        try:
            return self._loop.run_in_executor(None, call, *args)
        except RuntimeError:  # the program that hosts us is ending, and Python starts no more threads: nobody plays now
            done: asyncio.Future[Result] = self._loop.create_future()
            done.set_result(call(*args))
            return done


def _log_failure(what: str, error: Exception) -> None:
    try:
        log.error("%s", what, exc_info=error)
    except Exception:
        pass  # a log that cannot be written must not end what was just saved


def _checked_room(room: str) -> str:
    try:
        return names.clean_room_name(room)
    except BadArgument as error:
        raise CannotServe(f"--starter-room: {error.message}", topic="serve-options") from None


def _checked_dialect(written: str, limits: Limits) -> Dialect:
    try:
        dialect = parse_dialect(written)
    except BadArgument as error:
        raise CannotServe(f"--starter-dialect: {error.message}", topic="serve-options") from None
    if dialect.wait > limits.room_players:
        why = exceeded("room_players", limits, dialect.wait, "'wait' is for more players than a room has seats")
        raise CannotServe(f"--starter-dialect: {why}", topic="serve-options")
    return dialect


def _checked_names(starter_names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        checked = tuple(names.clean_name(name, "a name") for name in starter_names)
    except BadArgument as error:
        raise CannotServe(f"--names: {error.message}", topic="serve-options") from None
    if not checked or any(" " in name for name in checked):
        raise CannotServe(
            "--names: at least one name, without blanks, separated by commas: --names Ada,Alan", topic="serve-options"
        )
    return checked
