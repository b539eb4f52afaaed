"""`roomcast replay`: a server with one room, in which a recording runs again, for programs and pages that look on."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.text import Text

from roomcast.cli.join_addresses import join_addresses, table
from roomcast.cli.options import SETTINGS, colour_option, host_option, port_option
from roomcast.cli.trace_text import visible
from roomcast.client.recording_reader import Recording, read_recording
from roomcast.core.protocol.messages import AnyEntry, Hidden, Skipped, Tick
from roomcast.core.protocol.recording import Header
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.replayed_room import ReplayedRoom
from roomcast.discovery.service import NO_ANNOUNCE, PORT
from roomcast.errors import CannotServe
from roomcast.server.server import Server
from roomcast.storage.memory import MemoryCommitLog
from roomcast.transports.event_loop import new_loop

_LOOK: Final = 0.05  # seconds between two looks at whether somebody is there, and whether to end


@click.command(context_settings=SETTINGS)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("room", default="")
@click.option("--speed", default=1.0, show_default=True, metavar="TIMES", help="2: twice as fast as it was.")
@host_option
@port_option(PORT, f"Listen on this port; 0 takes any free one. Default: {PORT}.")
@click.option("--no-announce", is_flag=True, envvar=NO_ANNOUNCE, help="Do not announce it on the network.")
@colour_option
def replay(file: Path, room: str, speed: float, host: str, port: int, no_announce: bool, console: Console) -> int:
    """Run a recording again in a room of a server, for programs and pages that join it, until Ctrl-C.

    FILE is what roomcast record has written, or a file in which a server keeps its rooms; then ROOM says which.

    It begins when the first one joins. Those who join look on: the log has the entries of the recording alone, with the
    same players, dice and times, and nobody sees the onlookers. What they send is refused. Time in which nobody was in
    the room is left out. At the end, the room stays as it was then.

    \b
      roomcast replay game.jsonl
      roomcast replay rooms.db dots --speed 4
    """
    if not 0 < speed < float("inf"):
        raise click.UsageError(f"--speed is a number above 0, not {speed}")
    recording = read_recording(file, room)
    entries = _entries(recording)
    server = Server(host=host, port=port, starter_port=None, announce=not no_announce)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(server, recording, entries, speed, console))
    return 0


def _entries(recording: Recording) -> list[AnyEntry | Hidden]:
    """All entries of a recording. Raises `CannotServe` where it has holes: those who look on could not follow."""
    entries: list[AnyEntry | Hidden] = []
    for one in recording:
        if isinstance(one, Skipped | Header):
            raise CannotServe(
                f"{recording.source} has a gap after {len(entries)} entries, and a server's room has none: run it in a "
                "program, by roomcast.replay",
                topic="recording",
            )
        if not isinstance(one, Tick):
            entries.append(one)
    return entries


async def _serve(
    server: Server, recording: Recording, entries: list[AnyEntry | Hidden], speed: float, console: Console
) -> None:
    stop = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        try:
            asyncio.get_running_loop().add_signal_handler(one, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(one, lambda *_: stop.set())
    await server.start()
    header, directory, now = recording.header, server.directory, time.monotonic()
    room = directory.add(
        lambda flushes: ReplayedRoom(
            header,
            entries,
            directory.limits,
            now,
            flushes=flushes,
            clock=directory.clock,
            commits=MemoryCommitLog(header.room, header.s),
            speed=speed,
        ),
        now,
    )
    _say(console, f"A replay of {recording.source}: {len(entries):,} entries. It begins when the first one joins.")
    for line in table(join_addresses(server, visible(header.room))):
        console.print(line, soft_wrap=True)
    try:
        await _run(server, room, stop, console)
    finally:
        await server.close()


async def _run(server: Server, room: ReplayedRoom, stop: asyncio.Event, console: Console) -> None:
    begun = False
    wait: float | None = _LOOK
    while not stop.is_set():
        begun = begun or bool(room.sessions)
        if begun and wait is not None:
            try:
                wait = room.advance(time.monotonic())
            except RoomBroken as error:
                server.directory.room_broken(error)
                raise CannotServe("the recording cannot be run to its end", topic="recording") from error
            if wait is None:
                _say(console, "The recording is at its end; the room stays open. End with Ctrl-C.")
        pause = _LOOK if wait is None or not begun else min(max(wait, 0.0), _LOOK)
        if pause:
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                pass
        else:
            await asyncio.sleep(0)


def _say(console: Console, sentence: str) -> None:
    console.print(Text(sentence), soft_wrap=True)
