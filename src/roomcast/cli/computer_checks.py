"""Checks of this computer for `roomcast doctor`: versions, event loop, SQLite, how many players can connect."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import Final

from roomcast import __version__
from roomcast.cli.doctor_finding import Finding, Severity
from roomcast.core.protocol.limits import Limits
from roomcast.server.open_files import RESERVED
from roomcast.transports.event_loop import is_uvloop, new_loop

TOPIC: Final = "This computer"
_LIBRARIES: Final = ("picows", "msgspec", "zeroconf", "rich", "click", "prompt-toolkit")
_OLDEST_SQLITE: Final = (3, 24, 0)  # from 2018: the first with INSERT … ON CONFLICT


def examine() -> Iterator[Finding]:
    system = f"{platform.system()} {platform.release()}".strip()
    yield Finding(
        Severity.GOOD,
        TOPIC,
        f"Roomcast {__version__}, Python {platform.python_version()}, {system} ({platform.machine()})",
    )
    yield _libraries()
    yield _loop()
    yield _sqlite()
    yield _open_files()


def _libraries() -> Finding:
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        todo = "pip install --upgrade roomcast"
        return Finding(Severity.BROKEN, TOPIC, f"libraries are missing: {', '.join(missing)}", todo)
    return Finding(Severity.GOOD, TOPIC, ", ".join(found))


def _loop() -> Finding:
    loop = new_loop()
    loop.close()
    if is_uvloop(loop):
        return Finding(Severity.GOOD, TOPIC, f"event loop: uvloop {metadata.version('uvloop')}")
    if sys.platform == "win32":
        return Finding(Severity.GOOD, TOPIC, "event loop: asyncio's selector loop")
    words = "event loop: asyncio's own, because uvloop, which is faster, cannot be imported"
    return Finding(Severity.NOTE, TOPIC, words, "pip install uvloop, if there is one for this Python")


def _sqlite() -> Finding:
    words = f"SQLite {sqlite3.sqlite_version}, for rooms on disk"
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        wanted = ".".join(map(str, _OLDEST_SQLITE))
        return Finding(Severity.WARNING, TOPIC, f"{words}, is older than {wanted}", "use a newer Python for --keep")
    return Finding(Severity.GOOD, TOPIC, words)


def _open_files() -> Finding:
    if sys.platform == "win32":
        return Finding(Severity.GOOD, TOPIC, "open files: no system limit")
    import resource  # here, because Windows has no such module

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)  # a server raises its own limit to that
    if most == resource.RLIM_INFINITY:
        return Finding(Severity.GOOD, TOPIC, "open files: no limit")
    players, wanted = max(0, most - RESERVED), Limits().connections
    words = f"open files: {most:,}, so about {players:,} players may be connected"
    if players >= wanted:
        return Finding(Severity.GOOD, TOPIC, words)
    todo = f"for more than that: ask this system's administrator for {wanted + RESERVED} (ulimit -Hn)"
    return Finding(Severity.GOOD if players >= 200 else Severity.WARNING, TOPIC, words, todo)
