"""`roomcast forget`: removes a room from a kept file."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from roomcast.cli.options import SETTINGS, colour_option
from roomcast.cli.trace_text import visible
from roomcast.storage.sqlite_removal import remove_room


@click.command(context_settings=SETTINGS)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("room")
@click.option("--yes", is_flag=True, help="Do not ask.")
@colour_option
def forget(file: Path, room: str, yes: bool, console: Console) -> int:
    """Remove a ROOM from the FILE in which a server keeps its rooms: its entries, its state, and its players' sessions.

    The server must have ended. What is removed is overwritten in the file, and cannot be brought back; copies that were
    made before still have it. 'roomcast check FILE' lists the rooms.

    \b
      roomcast forget rooms.db chat
      roomcast forget rooms.db chat --yes         does not ask
    """
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is there to be asked: say --yes to remove the room for good")
        if not click.confirm(f"Remove the room {visible(room)!r} from {file}, for good?"):
            return 1
    remove_room(file, room)
    console.print(Text.assemble(("✓ ", "green"), f"the room {visible(room)!r} is gone from {file}"), soft_wrap=True)
    return 0
