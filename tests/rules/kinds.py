"""The kinds of rooms that have rules, as `roomcast serve FILE` has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from roomcast.rules.app_file import RuledKinds, load_classes
from roomcast.rules.maker_reports import MakerReports
from roomcast.server import Room


def ruled_kinds(rules: Path | Mapping[str, type[Room]], failed: list[str] | None = None) -> RuledKinds:
    """The kinds of these classes, or of those in a file; what fails in them is added to `failed`."""
    classes = load_classes(rules) if isinstance(rules, Path) else rules
    told = [] if failed is None else failed
    return RuledKinds(classes, MakerReports(lambda sentence, error: told.append(sentence)))
