"""The file with rules that `roomcast serve` is given: its classes, and what the maker is told."""

from __future__ import annotations

import logging
from pathlib import Path
from time import perf_counter
from typing import Final

import click

from roomcast.rules.app_file import RuledKinds, load_classes
from roomcast.rules.maker_reports import MakerReports

log: Final = logging.getLogger("roomcast.rules")

rules_argument = click.argument("rules", required=False, type=click.Path(path_type=Path), metavar="[GAME.PY]")


def take_rules(file: Path | None) -> RuledKinds | None:
    """The kinds of rooms in the file; None: all rooms are relays. Raises `CannotServe`."""
    if file is None:
        return None
    return RuledKinds(load_classes(file), MakerReports(_tell, perf_counter))


def pages_beside(file: Path | None) -> Path | None:
    """The folder with the pages of rooms with rules: `pages`, beside their file; None: there is none."""
    folder = None if file is None else file.parent / "pages"
    return folder if folder is not None and folder.is_dir() else None


def _tell(sentence: str, error: Exception | None) -> None:
    log.log(logging.WARNING if error is None else logging.ERROR, "%s", sentence, exc_info=error)
