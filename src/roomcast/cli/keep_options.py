"""`--keep`, `--level`, `--room-level` and `--keep-history`: rooms that are kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from roomcast.cli.options import env
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.names import clean_room_name
from roomcast.core.room.commit_log import Level
from roomcast.errors import BadArgument
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_retention import KeepLimits

_F = TypeVar("_F", bound=Callable[..., Any])
_LEVELS = [level.value for level in Level]


def keep_options(command: _F) -> _F:
    """Decorator: `--keep`, `--level`, `--room-level` and `--keep-history`."""
    for option in (
        click.option(
            "--keep-history",
            is_flag=True,
            envvar=env("keep-history"),
            help="Keep the whole log of each room, for ever: the file grows. By default it keeps what those who come "
            "back need: see --keep-entries and --keep-bytes.",
        ),
        click.option(
            "--room-level",
            "room_levels",
            multiple=True,
            envvar=env("room-level"),
            metavar="ROOM=LEVEL",
            help="A level for one room; may be given several times (in the environment, with blanks between).",
        ),
        click.option(
            "--level",
            type=click.Choice(_LEVELS),
            envvar=env("level"),
            help="What kept rooms wait for. full: on disk before anyone sees it, so that nothing that anyone saw is "
            "ever lost. relaxed: seen at once, on disk within 50 ms. none: in memory. Default: relaxed.",
        ),
        click.option(
            "--keep",
            type=click.Path(dir_okay=False, path_type=Path),
            envvar=env("keep"),
            metavar="FILE",
            help="Keep rooms in this file, so that they outlive the server. Default: in memory only.",
        ),
    ):
        command = option(command)
    return command


def take_store(
    keep: Path | None, level: str | None, room_levels: tuple[str, ...], limits: Limits, *, history: bool = False
) -> SqliteStore | None:
    """The store that the flags ask for, None for rooms in memory. Raises `click.UsageError`."""
    levels = {}
    for one in room_levels:
        room, found, wanted = one.rpartition("=")
        if not found or wanted not in _LEVELS:
            raise click.UsageError(f"--room-level {one}: write it like --room-level chat=full ({', '.join(_LEVELS)})")
        try:
            levels[clean_room_name(room)] = Level(wanted)
        except BadArgument as error:
            raise click.UsageError(f"--room-level {one}: {error.message}") from None
    if keep is None:
        for flag, given in (
            ("--room-level", levels),
            ("--level", level not in (None, Level.NONE.value)),
            ("--keep-history", history),
        ):
            if given:
                raise click.UsageError(f"{flag} needs a file to keep rooms in: --keep rooms.db")
        return None
    return SqliteStore(
        keep,
        level=Level(level or Level.RELAXED),
        levels=levels,
        kept=limits.kept_entries,
        kept_bytes=limits.kept_bytes,
        keep=KeepLimits.of(limits, history=history),
    )
