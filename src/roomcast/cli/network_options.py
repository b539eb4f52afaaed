"""`--lag`, `--jitter` and `--drop`: a network that is bad on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from roomcast.cli.options import env
from roomcast.errors import BadArgument
from roomcast.transports.bad_network import SETTINGS, BadNetwork

_F = TypeVar("_F", bound=Callable[..., Any])


def network_options(command: _F) -> _F:
    """Decorator: the three flags. `take_network` removes them from the command's arguments again."""
    for option in (
        click.option(
            "--drop",
            default="",
            envvar=env("drop"),
            metavar="CHANCE",
            help="Cut each connection with this chance a minute, at random: --drop 1%/min. Players come back by "
            "themselves; old programs cannot.",
        ),
        click.option(
            "--jitter",
            default="",
            envvar=env("jitter"),
            metavar="TIME",
            help="Let the delays of --lag differ, at random, by up to this: --jitter 20ms.",
        ),
        click.option(
            "--lag",
            default="",
            envvar=env("lag"),
            metavar="TIME",
            help="Delay everything, to try a game on a bad network: --lag 80ms, each way.",
        ),
    ):
        command = option(command)
    return command


def take_network(given: dict[str, Any]) -> BadNetwork:
    """Remove the flags from a command's arguments; returns what they ask for. Raises `click.UsageError`."""
    wanted = {name: given.pop(name) for name in SETTINGS}
    try:
        return BadNetwork.parse(wanted, lambda name: f"--{name}")
    except BadArgument as error:
        raise click.UsageError(error.message) from None
