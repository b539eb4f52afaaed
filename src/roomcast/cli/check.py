"""`roomcast check`: whether a kept file is whole, and what is in it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from roomcast.cli.options import SETTINGS, colour_option
from roomcast.cli.sizes import shown_size
from roomcast.cli.trace_text import visible
from roomcast.storage.sqlite_check import FileReport, RoomReport, check_file


@click.command(context_settings=SETTINGS)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
@colour_option
def check(file: Path, as_json: bool, console: Console) -> int:
    """Check the FILE in which a server keeps its rooms, and list the rooms.

    It reads all of the file and changes nothing; a server may use it meanwhile. The exit code is 1 where something is
    damaged: such a room is not opened by a server, while all others are.

    \b
      roomcast check rooms.db
      roomcast check rooms.db --json

    \b
      Entries     those that are kept, by their places in the room's order
      Snapshot    the place of the state that is kept beside them: older entries may be forgotten
      Players     who may still come back as themselves
    """
    columns = (TextColumn("Checking rooms"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        report = check_file(file, lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2))
    else:
        for line in _lines(report):
            console.print(line, soft_wrap=not isinstance(line, Table))
    return 0 if report.whole else 1


def _lines(report: FileReport) -> list[Text | Table]:
    lines: list[Text | Table] = []
    if report.rooms:
        lines.append(_table(report.rooms))
    for what, faults in [("", report.faults), *((room.name, room.faults) for room in report.rooms)]:
        where = f"the room {visible(what)!r}" if what else "the file"
        lines += [Text.assemble(("✗ ", "bold red"), f"{where}: {visible(fault)}") for fault in faults]
    if report.half_deleted:
        lines.append(Text(f"{report.half_deleted} forgotten rooms are being deleted by the server.", "dim"))
    count = f"{len(report.rooms)} {'room' if len(report.rooms) == 1 else 'rooms'}"
    what = f"{report.path}: {count}, {shown_size(report.size)}, schema {report.version}"
    if report.whole:
        lines.append(Text.assemble(("✓ ", "green"), f"{what}; all is whole"))
    else:
        lines.append(Text.assemble(("✗ ", "bold red"), f"{what}; damaged: restore it from a copy"))
    return lines


def _table(rooms: list[RoomReport]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Room", overflow="fold", style="bold")
    for column in ("Entries", "Size", "Snapshot", "Players"):
        table.add_column(column, justify="right")
    table.add_column("Last visit")
    table.add_column("")
    for room in rooms:
        table.add_row(
            visible(room.name),
            f"{room.first:,} to {room.last:,}" if room.first else "none",
            shown_size(room.size),
            f"{room.snapshot:,}" if room.snapshot else "none",
            f"{room.sessions:,}",
            _day(room.used),
            Text("damaged", "bold red") if room.faults else Text("ok", "green"),
        )
    return table


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds).astimezone().date().isoformat() if seconds else "not known"


def _as_json(report: FileReport) -> dict[str, object]:
    rooms = [
        {
            "name": room.name,
            "first": room.first,
            "last": room.last,
            "size": room.size,
            "snapshot": room.snapshot,
            "players": room.sessions,
            "used": room.used,
            "faults": room.faults,
        }
        for room in report.rooms
    ]
    return {
        "file": str(report.path),
        "size": report.size,
        "schema": report.version,
        "whole": report.whole,
        "faults": report.faults,
        "rooms": rooms,
    }
