"""Flags that several commands share, and one flag for each limit, generated from `Limits`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final, TypeVar

import click
from rich.console import Console

from roomcast.core.protocol.limits import Limits, flag

_F = TypeVar("_F", bound=Callable[..., Any])

SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def env(name: str) -> str:
    """The environment variable for a flag: `starter-port` → `ROOMCAST_STARTER_PORT`."""
    return f"ROOMCAST_{name.replace('-', '_').upper()}"


def given_credential() -> str | None:
    """By what a room's rules know who comes; None: nothing is said. No option: others can read a command line."""
    return os.environ.get(env("credential"))


class Port(click.ParamType[int]):
    """A port number, 0 to 65535."""

    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            port = int(value)
        except ValueError:
            port = -1
        if not 0 <= port <= 65535:
            self.fail(f"{value!r} is no port: choose one from 1 to 65535, or 0 for any that is free", param, ctx)
        return port


# ---------------------------------------------------------------------- limits


class _Number(click.ParamType[float]):
    """A finite number: `nan` and `inf` would limit nothing."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return number


class LimitOption(click.Option):
    """A flag for one limit. The help lists these in a section of their own."""


def limit_options(command: _F) -> _F:
    """Decorator: a flag for each field of `Limits`, passed to the command under the field's name."""
    for field in reversed(fields(Limits)):
        kind = click.INT if isinstance(field.default, int) else _Number()
        option = click.option(
            f"--{flag(field.name)}",
            field.name,
            cls=LimitOption,
            type=kind,
            default=field.default,
            envvar=env(field.name),
            metavar="N",
            help=f"{_shown(field.default)} {field.metadata['unit']} {field.metadata['why']}.",
        )
        command = option(command)
    return command


def _shown(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def take_limits(given: dict[str, Any]) -> Limits:
    """Remove the limits from a command's arguments and return them.

    Raises `click.UsageError`, whose message says what to change.
    """
    try:
        return Limits(**{field.name: given.pop(field.name) for field in fields(Limits)})
    except ValueError as error:
        raise click.UsageError(str(error)) from None


class LimitedCommand(click.Command):
    """A command whose help lists its main options first, then the limits."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        main: list[tuple[str, str]] = []
        limits: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                (limits if isinstance(parameter, LimitOption) else main).append(record)
        with formatter.section("Options"):
            formatter.write_dl(main)
        with formatter.section("Limits"):
            formatter.write_text(
                "Each with its default, its unit and its reason. A refusal names the limit that was met. "
                "Every flag is also read from the environment: --message-size from ROOMCAST_MESSAGE_SIZE."
            )
            formatter.write_paragraph()
            formatter.write_dl(limits)


# ---------------------------------------------------------------------- flags that commands share


def host_option(command: _F) -> _F:
    return click.option(
        "--host",
        default="0.0.0.0",
        envvar=env("host"),
        metavar="ADDRESS",
        help="Listen on this address alone; 127.0.0.1 keeps it to this computer. Default: all addresses.",
    )(command)


def port_option(default: int | None, text: str) -> Callable[[_F], _F]:
    return click.option("--port", type=Port(), default=default, envvar=env("port"), metavar="N", help=text)


def colour_option(command: _F) -> _F:
    """Decorator: passes `console`, which writes to stdout, with colours unless they are turned off."""

    def make(ctx: click.Context, param: click.Parameter, off: bool) -> Console:
        return new_console(colour=not off)

    return click.option(
        "--no-color",
        "console",
        is_flag=True,
        callback=make,
        help="No colours. NO_COLOR in the environment says the same.",
    )(command)


def new_console(*, colour: bool = True) -> Console:
    """A console on stdout: with the width and colours of a terminal where there is one, else plain text."""
    return Console(no_color=None if colour else True, highlight=False, markup=False, emoji=False)
