"""A server inside a player's program: `roomcast.host`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from roomcast.client.client_room import player_name
from roomcast.client.game import Room
from roomcast.client.given import shown, text, whole_number
from roomcast.client.where import parse_where
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.names import clean_room_name
from roomcast.core.room.command_trace import CommandTrace
from roomcast.discovery.service import PORT, host_and_port
from roomcast.errors import BadArgument, CannotServe
from roomcast.server.addresses import reachable_hosts
from roomcast.transports.event_loop import new_loop

if TYPE_CHECKING:
    from roomcast.server.server import Server


class HostedServer:
    """A server in a thread of its own, until `close` or the end of the program."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._loop = new_loop()
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="roomcast server", daemon=True)

    def start(self) -> None:
        """Start the thread; returns when the server listens. Raises `CannotServe`."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def close(self) -> None:
        """Send everyone a bye and end the thread; returns within about three seconds."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(2)
            if self._thread.is_alive():  # a slow reader has not got everything yet
                self._loop.call_soon_threadsafe(self.server.abort_all)
                self._thread.join(1)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        try:
            await self.server.start()
        except BaseException as failure:
            self._failure = failure
            return
        finally:
            self._started.set()
        await self._stop.wait()
        await self.server.close("the program that hosted this room has ended")


class HostedRoom(Room):
    """A room on a server that runs inside this program. Made by `roomcast.host`; leaving it ends the server."""

    def __init__(self, hosted: HostedServer, room: str, name: str) -> None:
        self.hosted = hosted
        local = reachable_hosts(hosted.server.host)[-1]
        super().__init__(parse_where(f"{host_and_port(local, hosted.server.port)}/{room}"), name, 10.0)

    def leave(self) -> None:
        """Leave the room, and end its server: everyone else is disconnected."""
        super().leave()
        self.hosted.close()


def host(
    room: str,
    name: str = "",
    *,
    bind: str = "0.0.0.0",
    port: int = PORT,
    starter_port: int | None = None,
    starter_dialect: str = "",
    limits: Limits | None = None,
    show: Callable[[CommandTrace], None] | None = None,
    quiet: bool = False,
    announce: bool = True,
    site: str | PathLike[str] | None = None,
    state_by: Literal["everyone", "host"] = "everyone",
) -> HostedRoom:
    """Start a server in this program and join `room` on it, as `name`. Prints what others type to join, unless `quiet`.

    Players on other computers join with the address that it prints; or by the room's name alone, because the server
    announces itself on the network (unless `announce` is False). `bind`: the address to listen on, by default all of
    this computer's. `port`: TCP. `starter_port`: a TCP port where starter clients join the same room;
    `starter_dialect`: what they speak, as `roomcast serve --starter-dialect` takes it. `limits`: those of the server.
    `show` is called with the trace of each command. `site`: a folder that the server serves, for a page of your own.
    `state_by`: who sets the state of rooms there, everyone or the host alone: you, for as long as you are here.
    Raises `CannotServe` and `BadArgument`.
    """
    room, name, bind = clean_room_name(text("the room's name,", room)), player_name(name), text("bind=", bind)
    port = whole_number("port=", port, 0, 65535)
    starter_port = None if starter_port is None else whole_number("starter_port=", starter_port, 0, 65535)
    if limits is not None and not isinstance(limits, Limits):
        raise BadArgument(
            f"limits= takes a roomcast.Limits, as in Limits(rate=100), not {shown(limits)}", topic="setting"
        )
    if show is not None and not callable(show):
        raise BadArgument(f"show= takes a function, not {shown(show)}", topic="setting")
    if state_by not in ("everyone", "host"):
        raise BadArgument(f"state_by= is 'everyone' or 'host', not {shown(state_by)}", topic="setting")
    try:
        from roomcast.core.server.room_kinds import StateBy
        from roomcast.server.server import Server  # here: most programs only join, and start sooner without it
    except ImportError as error:
        raise CannotServe(f"a server cannot run here: {error}", topic="install") from error
    server = Server(
        limits,
        host=bind,
        port=port,
        starter_port=starter_port,
        starter_room=room,
        starter_dialect=text("starter_dialect=", starter_dialect),
        show=show,
        announce=announce,
        site=None if site is None else Path(site),
        state_by=StateBy(usual=state_by == "host"),
    )
    hosted = HostedServer(server)
    try:
        hosted.start()
        joined_room = HostedRoom(hosted, room, name)
    except BaseException:
        hosted.close()
        raise
    if not quiet:
        print(f"The room {room!r} is open; its code is {joined_room.code}. Others join it with")
        if server.announcement is not None:
            print(f'    roomcast.join("{room}")   on this network')
        for address in server.addresses:
            print(f'    roomcast.join("{address}/{room}")')
    return joined_room
