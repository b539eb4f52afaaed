"""`roomcast join`: into a room from the terminal, or from a pipe."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from typing import Final

import click
from rich.console import Console

from roomcast.cli.event_lines import EventLines, JsonLines, TextLines
from roomcast.cli.join_session import JoinSession
from roomcast.cli.options import SETTINGS, colour_option, env, given_credential
from roomcast.client.aio import AsyncRoom
from roomcast.client.finder import find_server
from roomcast.transports.event_loop import new_loop

_TERMINATED: Final = 128 + signal.SIGTERM  # exit code of a program that SIGTERM ended


@click.command(context_settings=SETTINGS)
@click.argument("where")
@click.option("--name", default="", envvar=env("name"), metavar="NAME", help="What others call you. Default: player.")
@click.option("--json", "as_json", is_flag=True, help="Print each thing that happens as a JSON object, one a line.")
@click.option("--stay", is_flag=True, help="Do not leave at the end of the input: go on printing what happens.")
@colour_option
def join(where: str, name: str, as_json: bool, stay: bool, console: Console) -> int:
    """Join a room: talk, send any command, see what happens there.

    WHERE is a room's name or its code, and the server is found; or an address: host:port/room, or a ws:// address.
    What you type is said to everyone; /move 5 0 calls the command move in every program in the room; /help says more.

    A room whose rules ask who you are gets what the environment variable ROOMCAST_CREDENTIAL says.

    Without a terminal it reads and prints plain lines, and leaves at the end of its input, once everything that it sent
    has come back.

    \b
      roomcast join dots --name Ada
      roomcast join KXRH                               a room's code
      roomcast join 192.168.1.20:8112/dots
      echo "/move 5 0" | roomcast join dots            from a program
      roomcast join dots --json --stay < /dev/null     what happens, for a program
    """
    with asyncio.Runner(loop_factory=new_loop) as runner:
        try:
            return runner.run(_join(where, name, as_json, stay, console))
        except asyncio.CancelledError:
            return _TERMINATED


async def _join(asked: str, name: str, as_json: bool, stay: bool, console: Console) -> int:
    _leave_when_terminated()
    where = await asyncio.to_thread(find_server, asked, call=lambda address: f"roomcast join {address}")
    at_terminal = sys.stdin.isatty() and console.is_terminal and not console.is_dumb_terminal and not as_json
    lines: EventLines = JsonLines(console) if as_json else TextLines(console, clock=at_terminal)
    async with AsyncRoom(where, name, 10.0, credential=given_credential()) as room:
        session = JoinSession(room, lines, where.room, where.server)
        if at_terminal:
            from roomcast.cli.prompt import run_prompt  # here: it imports a library that pipes do not need

            await run_prompt(session, colour=not console.no_color)
        else:
            await _pipe(session, stay)
    if session.over:
        raise session.over
    return 0


def _leave_when_terminated() -> None:
    """Let SIGTERM leave the room as Ctrl-C does, so that our seat is not kept."""
    task = asyncio.current_task()
    assert task is not None
    try:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    except NotImplementedError:  # Windows, where a program is not told that it is terminated
        pass


async def _pipe(session: JoinSession, stay: bool) -> None:
    """Execute the lines of the input; leave at its end, or when the room is over."""
    listening = asyncio.create_task(session.listen())
    typing = asyncio.create_task(_execute_all(session, stay))
    try:
        await asyncio.wait((listening, typing), return_when=asyncio.FIRST_COMPLETED)
        for task in (listening, typing):
            if task.done():
                task.result()  # raises where the reader of our output has closed the pipe
    finally:
        listening.cancel()
        typing.cancel()
        await asyncio.gather(listening, typing, return_exceptions=True)


async def _execute_all(session: JoinSession, stay: bool) -> None:
    typed = _input_lines()
    while (line := await typed.get()) is not None:
        if not await session.execute_at_pace(line):
            break
    else:
        if stay:
            await asyncio.Event().wait()
    await session.wait_until_acknowledged()


def _input_lines() -> asyncio.Queue[str | None]:
    """The lines of the input as they arrive, then None.

    A daemon thread reads them, because not every system can tell an event loop that stdin is readable.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue(100)

    def read() -> None:
        try:
            for line in sys.stdin:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()
        except (RuntimeError, asyncio.CancelledError):
            pass  # the room is over, and so is the event loop

    threading.Thread(target=read, name="roomcast input", daemon=True).start()
    return lines
