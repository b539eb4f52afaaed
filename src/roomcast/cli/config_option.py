"""`--config`: settings from a TOML file, where each flag is a key. The file is used before a flag's default."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from roomcast.cli.options import env

_F = TypeVar("_F", bound=Callable[..., Any])


def config_option(command: _F) -> _F:
    """Decorator: `--config FILE`."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, exists=True, path_type=Path),
        envvar=env("config"),
        metavar="FILE",
        is_eager=True,  # the other options take their defaults from it
        expose_value=False,
        callback=_read,
        help="Read settings from this TOML file: any flag as a key, such as port = 9000. Flags come first, then the "
        "environment, then the file.",
    )(command)


def _read(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path} is no TOML file: {error}", ctx, param) from None
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read: {error.strerror}", ctx, param) from None
    except RecursionError:
        raise click.BadParameter(f"{path} is no TOML file: its lists are nested too deeply", ctx, param) from None
    flags = _flags(ctx.command, but=param)
    defaults: dict[str, Any] = {}
    for key, value in settings.items():
        option = flags.get(key.replace("_", "-"))
        if option is not None and isinstance(value, dict):
            wanted = f'{key} = "…"'
            raise click.BadParameter(f"{path}: {key!r} is a table, and a setting has one value: {wanted}", ctx, param)
        if option is None:
            near = difflib.get_close_matches(key, flags, 1)
            hint = f": perhaps {near[0]}?" if near else ", and no flag has that name"
            raise click.BadParameter(f"{path}: there is no setting {key!r}{hint}", ctx, param)
        assert option.name is not None
        defaults[option.name] = _as_typed(value, option)
    ctx.default_map = {**(ctx.default_map or {}), **defaults}


def _as_typed(value: Any, option: click.Option) -> Any:
    """The value as it would be typed after the flag. A list is joined by commas, unless the flag may be repeated."""
    if option.multiple and not isinstance(value, list):
        value = [value]
    if isinstance(value, list):
        several = [str(one) for one in value]
        return several if option.multiple else ",".join(several)
    return value if isinstance(value, bool) and option.is_flag else str(value)


def _flags(command: click.Command, but: click.Parameter) -> dict[str, click.Option]:
    """All flags of a command by name, without the dashes."""
    return {
        name.removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option) and option is not but
        for name in option.opts
        if name.startswith("--")
    }
