"""`--state-by`: who sets the state of rooms without rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from roomcast.cli.options import env
from roomcast.core.protocol.names import clean_room_name
from roomcast.core.server.room_kinds import StateBy
from roomcast.errors import BadArgument

_F = TypeVar("_F", bound=Callable[..., Any])
_WHO = ("everyone", "host")


def state_by_option(command: _F) -> _F:
    """Decorator: `--state-by`. `take_state_by` removes it from the command's arguments again."""
    return click.option(
        "--state-by",
        multiple=True,
        envvar=env("state-by"),
        metavar="[ROOM=]WHO",
        help="Who sets the state of a room: everyone, or the host alone, who is the player that has been there "
        "longest. For all rooms, or one: --state-by quiz=host; may be given several times (in the environment, with "
        "blanks between). Each player's own state is its own in any case. Default: everyone.",
    )(command)


def take_state_by(given: dict[str, Any]) -> StateBy:
    """Remove the flag from a command's arguments; returns what it asks for. Raises `click.UsageError`."""
    usual, by_room = False, {}
    for one in given.pop("state_by"):
        room, found, who = one.rpartition("=")
        if who not in _WHO or (found and not room):
            raise click.UsageError(
                f"--state-by {one}: write who sets it, {' or '.join(_WHO)}; for one room --state-by quiz=host"
            )
        try:
            if found:
                by_room[clean_room_name(room)] = who == "host"
            else:
                usual = who == "host"
        except BadArgument as error:
            raise click.UsageError(f"--state-by {one}: {error.message}") from None
    return StateBy(usual, by_room)
