"""A server whose rooms have rules, for as long as a test lasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from roomcast.server import Room
from tests.integration.conftest import RunningServer
from tests.rules.kinds import ruled_kinds


@contextmanager
def ruled_server(rules: Path | Mapping[str, type[Room]], **settings: Any) -> Iterator[RunningServer]:
    """Serve these classes, or those in a file, in which nothing may fail. `settings`: as for `RunningServer`."""
    failed: list[str] = []
    running = RunningServer(kinds=ruled_kinds(rules, failed), **settings)
    try:
        yield running
    finally:
        running.stop()
    assert failed == []
