"""`--token`: whoever knows it may kick players and close rooms. Given by the user, or generated at each start."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from roomcast.cli.options import env

_F = TypeVar("_F", bound=Callable[..., Any])

_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that look alike
_GROUPS, _GROUP_SIZE = 3, 4  # 12 characters are 59 bits: far too many to guess, at some hundred tries a second
_SHORTEST: Final = 8  # characters of a token that the user gives


def token_option(command: _F) -> _F:
    """Decorator: `--token`."""
    return click.option(
        "--token",
        envvar=env("token"),
        metavar="WORD",
        callback=_check,
        help="What one must know to kick players and close rooms on the page /watch/ROOM. Better set in the "
        "environment, because others on this computer can read flags. Default: a new one at each start, printed.",
    )(command)


def new_token() -> str:
    """A random token that is easy to read out and to type: `k7fm-2qxp-9rtd`."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_SIZE)) for _ in range(_GROUPS))


def _check(ctx: click.Context, param: click.Parameter, token: str | None) -> str | None:
    if token is None:
        return None
    token = token.strip()
    if len(token) < _SHORTEST or not token.isprintable():
        raise click.BadParameter(
            f"a token has at least {_SHORTEST} characters, because it must not be guessed", ctx, param
        )
    return token
