"""`roomcast serve`: a server, until Ctrl-C."""

from __future__ import annotations

import asyncio
import gc
import signal
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from roomcast.cli.config_option import config_option
from roomcast.cli.keep_options import keep_options, take_store
from roomcast.cli.options import (
    SETTINGS,
    LimitedCommand,
    Port,
    colour_option,
    env,
    host_option,
    limit_options,
    port_option,
    take_limits,
)
from roomcast.cli.serve_output import ServeOutput
from roomcast.cli.token_option import new_token, token_option
from roomcast.discovery.service import NO_ANNOUNCE, PORT
from roomcast.server.server import NAMES, STARTER_PORT, STARTER_ROOM, Server
from roomcast.transports.event_loop import new_loop

_SILENT_CLOSE: Final = 1.5  # seconds that closing may take before we say why it takes longer


@click.command(cls=LimitedCommand, context_settings=SETTINGS)
@host_option
@port_option(PORT, f"Listen on this port for players and browsers; 0 takes any free one. Default: {PORT}.")
@click.option(
    "--starter-port",
    type=Port(),
    default=STARTER_PORT,
    envvar=env("starter-port"),
    metavar="N",
    help=f"Listen on this port for starter clients: programs that send plain lines of text. Default: {STARTER_PORT}.",
)
@click.option("--no-starter", is_flag=True, envvar=env("no-starter"), help="No starter clients.")
@click.option(
    "--starter-room",
    default=STARTER_ROOM,
    envvar=env("starter-room"),
    metavar="ROOM",
    help=f"The room in which starter clients play. Default: {STARTER_ROOM}.",
)
@click.option(
    "--names",
    default=",".join(NAMES),
    envvar=env("names"),
    metavar="NAME,NAME",
    help=f"Names that starter clients get, in this order. Default: {', '.join(NAMES[:3])} and {len(NAMES) - 3} more.",
)
@keep_options
@token_option
@click.option(
    "--show", is_flag=True, envvar=env("show"), help="Print each command's path through the server, in six steps."
)
@click.option(
    "--no-announce",
    is_flag=True,
    envvar=NO_ANNOUNCE,
    help="Do not announce this server on the network (by mDNS): others must then type its address.",
)
@click.option("--quiet", is_flag=True, envvar=env("quiet"), help="Print no addresses and no last line.")
@config_option
@colour_option
@limit_options
def serve(
    host: str,
    port: int,
    starter_port: int,
    no_starter: bool,
    starter_room: str,
    names: str,
    keep: Path | None,
    level: str | None,
    room_levels: tuple[str, ...],
    token: str | None,
    show: bool,
    no_announce: bool,
    quiet: bool,
    console: Console,
    **limits: Any,
) -> int:
    """Open a server, until Ctrl-C ends it.

    It prints the addresses that others type. A room appears when its first player joins; any number of
    rooms may be open at a time.

    \b
      roomcast serve
      roomcast serve --port 9000 --no-starter
      roomcast serve --show          watch each command's six steps
      roomcast serve --keep rooms.db --level full
                                     keep rooms on disk: nothing that anyone saw is ever lost
    """
    stop = asyncio.Event()
    output = ServeOutput(console, stop.set)
    wanted = take_limits(limits)
    generated = new_token()
    server = Server(
        wanted,
        host=host,
        port=port,
        starter_port=None if no_starter else starter_port,
        starter_room=starter_room,
        starter_names=tuple(name.strip() for name in names.split(",") if name.strip()),
        show=output.trace if show else None,
        token=token or generated,
        store=take_store(keep, level, room_levels, wanted),
        announce=not no_announce,
    )
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve_until(stop, server, output, quiet=quiet, show=show, token="" if token else generated))
    return 0


async def _serve_until(
    stop: asyncio.Event, server: Server, output: ServeOutput, *, quiet: bool, show: bool, token: str
) -> None:
    _stop_on_signals(stop, server)
    await server.start()
    _collect_garbage_less()
    if not quiet:
        output.banner(server, token)
    if show:
        output.legend()
    await stop.wait()
    closing = asyncio.create_task(server.close())
    await asyncio.wait([closing], timeout=_SILENT_CLOSE)
    if not closing.done() and not quiet:
        output.draining(server.directory)
    await closing
    if not quiet:
        output.closing(server.directory)


def _collect_garbage_less() -> None:
    """Exempt the objects of start-up from garbage collection, and collect the rest more rarely.

    A server makes hardly any reference cycles, but each collection pauses everyone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _stop_on_signals(stop: asyncio.Event, server: Server) -> None:
    """Let Ctrl-C and SIGTERM set `stop` instead of interrupting what runs; a second one closes without waiting."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        if stop.is_set():
            server.abort_all()
        stop.set()

    for one in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(one, end)
        except NotImplementedError:  # Windows: the loop notices when it next wakes, within a second
            signal.signal(one, lambda *_: loop.call_soon_threadsafe(end))
