"""`roomcast demo`: players in separate processes move each other's dots.

At the end it reports whether all of them ran the same commands in the same order.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from roomcast.cli.demo_run import DemoRun
from roomcast.cli.options import SETTINGS, Port, colour_option, env, host_option, port_option
from roomcast.cli.stop_signals import StopSignals
from roomcast.core.room.command_trace import CommandTrace
from roomcast.discovery.service import PORT
from roomcast.errors import CannotServe
from roomcast.hosting import HostedRoom
from roomcast.hosting import host as open_room
from roomcast.server.server import STARTER_PORT

ROOM: Final = "dots"


@click.command(context_settings=SETTINGS)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="End after this many seconds. Default: go on until q or Ctrl-C.",
)
@click.option(
    "--bots",
    type=click.IntRange(0, 50),
    default=3,
    metavar="N",
    help="How many players play by themselves, 0 to 50, each in its own process. Default: 3.",
)
@click.option("--name", default="yellow", metavar="NAME", help="Your own player's name. Default: yellow.")
@host_option
@port_option(None, f"Listen on this port. Default: {PORT}, or any free one where that is taken.")
@click.option(
    "--starter-port",
    type=Port(),
    envvar=env("starter-port"),
    metavar="N",
    help=f"Listen on this port for starter clients. Default: {STARTER_PORT}, or any free one where that is taken.",
)
@click.option("--picture", "picture_file", type=click.Path(dir_okay=False, writable=True, path_type=Path), hidden=True)
@colour_option
def demo(
    seconds: float | None,
    bots: int,
    name: str,
    host: str,
    port: int | None,
    starter_port: int | None,
    picture_file: Path | None,
    console: Console,
) -> int:
    """Watch players in separate processes move each other's dots.

    It opens a server and a room, starts some players that play by themselves, and lets you join: arrow keys
    move your own dot, q ends it. Programs on other computers may come in; it shows what they type.
    Without a terminal it prints plain lines.

    At the end it compares what every player really ran, and in which order. If that is not the same for
    all, it says so, and the exit code is 1.

    \b
      roomcast demo
      roomcast demo --seconds 10 --bots 8
    """
    traces: deque[CommandTrace] = deque(maxlen=1000)
    with StopSignals() as stop_signals:
        room = _open(name, host, port, starter_port, traces.append)
        with room:
            summary = DemoRun(room, traces, stop_signals, console).run(bots, seconds, picture_file)
    for line in summary.lines():
        console.print(line, soft_wrap=True)
    return 1 if summary.wrong else 0


def _open(
    name: str, bind: str, port: int | None, starter_port: int | None, show: Callable[[CommandTrace], None]
) -> HostedRoom:
    """Open the room, on the default ports unless they are taken or others are given. Raises `CannotServe`."""
    ports = [PORT, 0] if port is None else [port]
    starter_ports = [STARTER_PORT, 0] if starter_port is None else [starter_port]
    choices = list(itertools.product(ports, starter_ports))
    for number, (one, starter) in enumerate(choices, 1):
        try:
            return open_room(
                ROOM, name, bind=bind, port=one, starter_port=starter, show=show, quiet=True, announce=False
            )
        except CannotServe:
            if number == len(choices):
                raise
    raise AssertionError("there is always a choice")
