"""`roomcast new`: a small project to begin with."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from roomcast.cli.options import SETTINGS, colour_option
from roomcast.cli.typed_path import typed_path
from roomcast.scaffold.new_project import new_project
from roomcast.scaffold.project_kinds import COMMON, KINDS, ProjectKind
from roomcast.scaffold.project_name import ProjectRefused

_KINDS = "\n".join(f"      {name:9} {kind.about}" for name, kind in KINDS.items())


@click.command(
    context_settings=SETTINGS,
    help=f"""Make a folder NAME with a small game for several players: to run, to read, and to make your own.

    It has a file that draws, one with what a player knows and does, a test, a README, and the list of what pip
    installs. NAME is also the name of the game's room.

    \b
      roomcast new my-game
      roomcast new my-game --with pygame
      roomcast new my-game --with server    the server decides; the page shows it

    \b
    What it is made with:
{_KINDS}
    """,
)
@click.argument("name")
@click.option(
    "--with",
    "kind",
    type=click.Choice(list(KINDS)),
    default="tkinter",
    show_default=True,
    metavar="KIND",
    help="What it is made with: see above.",
)
@colour_option
def new(name: str, kind: str, console: Console) -> int:
    try:
        new_project(name, kind, Path())
    except ProjectRefused as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{name} cannot be made here: {error.strerror or error}") from None
    for line in _lines(name, KINDS[kind]):
        console.print(line, soft_wrap=True)
    return 0


def _lines(name: str, kind: ProjectKind) -> Iterator[Text]:
    yield Text.assemble("Made ", (f"{name}/", "bold"))
    yield from _rows([(file, about, "") for file, about in (kind.files | kind.shared | COMMON).items()])
    yield Text()
    yield Text("To play, type")
    before, python = _python()
    commands = [(f"cd {name}", ""), (f"{python} -m pip install -r requirements.txt", "once"), *kind.commands]
    commands.append((f"{python} -m pytest", "its test"))
    named = [(re.sub(r"^python\b", lambda _: python, command), about) for command, about in commands]  # it may hold \
    yield from _rows([(command, about, "cyan") for command, about in [*before, *named]])
    if activate := _activate():
        yield Text()
        yield Text("In each new terminal, first type")
        yield from _rows(
            [(activate, "the Python that knows Roomcast", "cyan"), (f"cd {typed_path(Path.cwd() / name)}", "", "cyan")]
        )


def _rows(rows: list[tuple[str, str, str]]) -> Iterator[Text]:
    width = max(len(first) for first, _, _ in rows) + 3
    for first, second, style in rows:
        yield Text.assemble("  ", (first.ljust(width if second else 0), style), (second, "dim"))


def _python() -> tuple[list[tuple[str, str]], str]:
    """What to type for the Python that runs this, and what before it."""
    here = Path(sys.executable).parent
    for word in ("python", "python3"):
        found = shutil.which(word)
        if found is not None and Path(found).parent == here:
            return [], word
    if activate := _activate():
        return [(activate, "so that python is the one that knows Roomcast")], "python"
    return [], typed_path(Path(sys.executable))


def _activate() -> str:
    """What steps into the environment of the Python that runs this; "" where it is in none."""
    script = Path(sys.executable).with_name("activate")
    if not script.is_file():
        return ""
    return typed_path(script) if os.name == "nt" else f"source {typed_path(script)}"
