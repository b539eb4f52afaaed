"""The token of those who may kick players and close rooms: given, or made up at each start."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from roomcast.cli.options import env

_F = TypeVar("_F", bound=Callable[..., Any])

_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look like another
_GROUPS, _OF = 3, 4  # of 12 signs: 59 bits, far more than can be guessed at one try in ten seconds
_SHORTEST: Final = 8  # characters of a token that is given


def token_option(command: _F) -> _F:
    """Decorator: `--token`."""
    return click.option(
        "--token",
        envvar=env("token"),
        metavar="WORD",
        callback=_check,
        help="What one must know to kick players and close rooms on the page /watch/ROOM; better in the environment, "
        "for others on this computer can read flags. Default: a new one at each start, which is printed.",
    )(command)


def new_token() -> str:
    """A token that is easy to read out and to type, and hard to guess: `k7fm-2qxp-9rtd`."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_OF)) for _ in range(_GROUPS))


def _check(ctx: click.Context, param: click.Parameter, token: str | None) -> str | None:
    if token is None:
        return None
    token = token.strip()
    if len(token) < _SHORTEST or not token.isprintable():
        raise click.BadParameter(f"a token has at least {_SHORTEST} characters, for it must not be guessed", ctx, param)
    return token
