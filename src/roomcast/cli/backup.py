"""`roomcast backup`: a copy of a kept file, also while a server uses it."""

from __future__ import annotations

import signal
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from roomcast.cli.options import SETTINGS, colour_option
from roomcast.cli.sizes import shown_size
from roomcast.storage.sqlite_backup import back_up


@click.command(context_settings=SETTINGS)
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@click.argument("target", metavar="TO", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace TO if it is there. Until the copy is whole, it stays as it was.")
@click.option("--quiet", is_flag=True, help="Print nothing, unless it fails: for cron.")
@colour_option
def backup(source: Path, target: Path, force: bool, quiet: bool, console: Console) -> int:
    """Copy the file FROM, in which a server keeps its rooms, to TO.

    The server may go on meanwhile. In the copy is all that was acknowledged before the copy began. It is checked before
    it gets its name, and can be read by its owner alone. A plain cp of a file in use is no copy: what is newest is
    beside it.

    \b
      roomcast backup rooms.db rooms-monday.db
      roomcast backup rooms.db /backups/rooms.db --force --quiet       every night, from cron

    \b
    To go back to a copy, end the server, and:
      rm rooms.db rooms.db-wal rooms.db-shm
      roomcast backup rooms-monday.db rooms.db
    """
    signal.signal(signal.SIGTERM, _end)
    columns = (TextColumn("Copying"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        size = back_up(
            source, target, force=force, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    if not quiet:
        console.print(
            Text.assemble(("✓ ", "green"), f"{target} is a copy of {source}: {shown_size(size)}"), soft_wrap=True
        )
    return 0


def _end(*_: object) -> None:
    """As Ctrl-C: what was copied so far is removed."""
    raise KeyboardInterrupt
