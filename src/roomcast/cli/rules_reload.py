"""`--reload`: rules that are changed while people play take effect at once, and nobody is disturbed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import Final

import click

from roomcast.cli.options import env
from roomcast.cli.serve_output import ServeOutput
from roomcast.core.server.rules_change import change_rules
from roomcast.errors import CannotServe
from roomcast.rules.app_file import RuledKinds
from roomcast.rules.app_modules import AppModules
from roomcast.server.server import Server

_LOOK_EVERY: Final = 0.25  # seconds

reload_option = click.option(
    "--reload",
    "reload",
    is_flag=True,
    envvar=env("reload"),
    help="Take changes of GAME.PY, and of what it imports from its folder, while people play. What does not load "
    "changes nothing.",
)


async def reload_rules(file: Path, kinds: RuledKinds, server: Server, output: ServeOutput) -> None:
    """Look for changes until cancelled."""
    modules = AppModules(file)
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        if await asyncio.to_thread(modules.have_changed):
            _take_changes(modules, file, kinds, server, output)


def _take_changes(modules: AppModules, file: Path, kinds: RuledKinds, server: Server, output: ServeOutput) -> None:
    try:
        classes = modules.load()
    except CannotServe as error:
        output.not_reloaded(error.message)
        return
    kinds.take(classes)
    told = change_rules(server.directory, monotonic())
    output.reloaded(file.name, told)
