"""`--starter-port`, `--no-starter`, `--starter-room`, `--starter-dialect` and `--names`: the port for old programs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

import click

from roomcast.cli.options import LimitedCommand, Port, env
from roomcast.core.protocol.line_dialect import TRAITS, parse_dialect
from roomcast.errors import BadArgument
from roomcast.server.server import NAMES, STARTER_PORT, STARTER_ROOM

_F = TypeVar("_F", bound=Callable[..., Any])


class StarterCommand(LimitedCommand):
    """A command whose help explains the dialects, after the options and the limits."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("Starter dialects"):
            formatter.write_text(
                "For old programs that differ from the starter protocol. Several are separated by commas: "
                '--starter-dialect echo,wait=3; a value with blanks wants quotes: --starter-dialect "wait=3 start".'
            )
            formatter.write_paragraph()
            formatter.write_dl([(trait.usage, trait.what.replace("`", '"') + ".") for trait in TRAITS.values()])


def starter_options(command: _F) -> _F:
    """Decorator: the five flags. `take_starter` removes them from the command's arguments again."""
    for option in (
        click.option(
            "--names",
            default=",".join(NAMES),
            envvar=env("names"),
            metavar="NAME,NAME",
            help="Names that starter clients get as their ids: each the first that is free. A program that looks for "
            "certain ids wants these: --names player1,player2. "
            f"Default: {', '.join(NAMES[:3])} and {len(NAMES) - 3} more.",
        ),
        click.option(
            "--starter-dialect",
            default="",
            envvar=env("starter-dialect"),
            metavar="TRAIT,TRAIT",
            help="What the starter clients speak, where it is not the starter protocol as it is: older, echo, "
            "wait=3 and more (see Starter dialects, below).",
        ),
        click.option(
            "--starter-room",
            envvar=env("starter-room"),
            metavar="ROOM",
            help="The room in which starter clients play. Default: that whose rules are given, where it is one; "
            f"else {STARTER_ROOM}.",
        ),
        click.option("--no-starter", is_flag=True, envvar=env("no-starter"), help="No starter clients."),
        click.option(
            "--starter-port",
            type=Port(),
            default=STARTER_PORT,
            envvar=env("starter-port"),
            metavar="N",
            help="Listen on this port for starter clients: programs that send plain lines of text. "
            f"Default: {STARTER_PORT}.",
        ),
    ):
        command = option(command)
    return command


def take_starter(given: dict[str, Any], ruled: Collection[str] = ()) -> dict[str, Any]:
    """Remove the flags from a command's arguments; returns what `Server` takes of them. Raises `click.UsageError`.

    `ruled`: the rooms that have rules.
    """
    usual = next(iter(ruled)) if len(ruled) == 1 else STARTER_ROOM
    names, dialect, port = given.pop("names"), given.pop("starter_dialect"), given.pop("starter_port")
    try:
        parse_dialect(dialect)
    except BadArgument as error:
        raise click.UsageError(f"--starter-dialect: {error.message}") from None
    return {
        "starter_port": None if given.pop("no_starter") else port,
        "starter_room": usual if (room := given.pop("starter_room")) is None else room,
        "starter_names": tuple(name.strip() for name in names.split(",") if name.strip()),
        "starter_dialect": dialect,
    }
