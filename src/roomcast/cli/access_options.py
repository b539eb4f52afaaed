"""`--allow-host`, `--allow-origin` and `--trusted-proxy`: who may ask a server, and which proxies are believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from roomcast.cli.options import env
from roomcast.server.access import AccessSettings

_F = TypeVar("_F", bound=Callable[..., Any])

_SEVERAL: Final = "may be given several times (in the environment, with blanks between)"
_OPTIONS: Final = (
    (
        "allow-host",
        "hosts",
        "NAME",
        (
            "Answer browsers under this name, too: play.example.org, or *.example.org for all names in it. This "
            f"computer's addresses and its own name are answered always. '*' answers under any name, and then pages of "
            f"any site can reach a server on this computer or in its network; {_SEVERAL}."
        ),
    ),
    (
        "allow-origin",
        "origins",
        "ORIGIN",
        (
            "Let pages from there connect, and import roomcast.js: http://localhost:5173. Pages that this server "
            f"serves itself always may. '*' lets all pages that anyone opens; {_SEVERAL}."
        ),
    ),
    (
        "trusted-proxy",
        "proxies",
        "ADDRESS",
        (
            "Believe the proxy or tunnel at this address, or in this network, when it says for whom and for which host "
            f"it asks (X-Forwarded-For, -Host, -Proto, Forwarded): 127.0.0.1, 10.0.0.0/8; {_SEVERAL}."
        ),
    ),
)


def access_options(command: _F) -> _F:
    """Decorator: the three flags, passed to the command under names that `take_access` removes again."""
    for name, field, metavar, text in reversed(_OPTIONS):
        option = click.option(
            f"--{name}", _argument(field), multiple=True, envvar=env(name), metavar=metavar, help=text
        )
        command = option(command)
    return command


def take_access(given: dict[str, Any]) -> AccessSettings:
    """Remove the settings of access from a command's arguments and return them."""
    return AccessSettings(**{field: given.pop(_argument(field)) for _, field, _, _ in _OPTIONS})


def _argument(field: str) -> str:
    return f"access_{field}"
