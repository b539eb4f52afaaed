"""A server inside the program that plays: `roomcast.host`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from roomcast.client.event_loop import new_loop
from roomcast.client.game import Room
from roomcast.client.where import PORT, find
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.names import clean_room_name
from roomcast.core.room.command_trace import CommandTrace
from roomcast.server.addresses import joined, reachable

if TYPE_CHECKING:
    from roomcast.server.server import Server


class HostedServer:
    """A server in a thread of its own, for as long as the program runs or until `close`."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._loop = new_loop()
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="roomcast server", daemon=True)

    def start(self) -> None:
        """Start, and return when it listens. Raises `CannotServe`."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def close(self) -> None:
        """Say `bye` to everyone and end; returns within about two seconds."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(2)
            if self._thread.is_alive():  # somebody still reads what waits, but a program that ends does not wait
                self._loop.call_soon_threadsafe(self.server.hurry)
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
    """A room on a server that runs inside this program; leaving it ends the server."""

    def __init__(self, hosted: HostedServer, room: str, name: str) -> None:
        self.hosted = hosted
        local = reachable(hosted.server.host)[-1]
        super().__init__(find(f"{joined(local, hosted.server.port)}/{room}"), name, 10.0)

    def leave(self) -> None:
        """Leave the room, and end its server: everyone else is sent away."""
        super().leave()
        self.hosted.close()


def host(
    room: str,
    name: str = "",
    *,
    bind: str = "0.0.0.0",
    port: int = PORT,
    starter_port: int | None = None,
    limits: Limits | None = None,
    show: Callable[[CommandTrace], None] | None = None,
    quiet: bool = False,
    announce: bool = True,
) -> HostedRoom:
    """Start a server in this program and join `room` on it; prints what the others type (unless `quiet`).

    Players on other computers join with the address that it prints, or by the room's name alone, for the server
    announces itself on the network (unless `announce` is False). `starter_port` opens the room to starter
    clients too; `show` is called with each command's six steps. Raises `CannotServe` and `BadArgument`.
    """
    from roomcast.server.server import Server  # here: most programs only join, and start sooner without it

    room = clean_room_name(room)
    server = Server(
        limits, host=bind, port=port, starter_port=starter_port, starter_room=room, show=show, announce=announce
    )
    hosted = HostedServer(server)
    hosted.start()
    try:
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
