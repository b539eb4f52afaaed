"""The file with rules that `roomcast serve` is given: its classes, and what the maker is told."""

from __future__ import annotations

import logging
from pathlib import Path
from time import perf_counter
from traceback import format_exception
from typing import Final

import click

from roomcast.cli.options import env
from roomcast.cli.trace_text import visible
from roomcast.rules.app_file import RuledKinds, load_classes
from roomcast.rules.maker_reports import MakerReports

log: Final = logging.getLogger("roomcast.rules")

rules_argument = click.argument("rules", required=False, type=click.Path(path_type=Path), metavar="[GAME.PY]")


only_rules_option = click.option(
    "--only-rules",
    is_flag=True,
    envvar=env("only_rules"),
    help="Have no rooms but those whose rules are in GAME.PY: others cannot be opened.",
)


def take_rules(file: Path | None, *, only: bool = False) -> RuledKinds | None:
    """The kinds of rooms in the file; None: all rooms are relays. Raises `CannotServe`, `click.UsageError`."""
    if file is None:
        if only:
            raise click.UsageError("--only-rules is for a server with rules: roomcast serve game.py --only-rules")
        return None
    return RuledKinds(load_classes(file), MakerReports(_tell, perf_counter), only=only)


def pages_beside(file: Path | None) -> Path | None:
    """The folder with the pages of rooms with rules: `pages`, beside their file; None: there is none."""
    folder = None if file is None else file.parent / "pages"
    return folder if folder is not None and folder.is_dir() else None


def _tell(sentence: str, error: Exception | None) -> None:
    trace = "" if error is None else "".join(format_exception(error)).rstrip()
    # What failed may quote what a stranger has sent: nothing of it moves the cursor of the maker's terminal.
    lines = map(visible, [sentence, *(trace.split("\n") if trace else [])])
    log.log(logging.ERROR if trace else logging.WARNING, "%s", "\n".join(lines))
