"""What a learner has opened and passed, kept in a small JSON file in the user's own folder for such."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_FILE: Final = "learn.json"


@dataclass(slots=True)
class Progress:
    """By chapter: the day of it (as 2026-11-30), where it was opened, or its check was passed."""

    opened: dict[int, str] = field(default_factory=dict)
    passed: dict[int, str] = field(default_factory=dict)


def progress_file() -> Path:
    """Where the progress is kept; the environment's ROOMCAST_LEARN names another file."""
    if named := os.environ.get("ROOMCAST_LEARN"):
        return Path(named)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "roomcast" / _FILE


def read_progress(file: Path) -> Progress:
    """What is in the file; nothing where there is none, or where it is damaged: it is no reason to stop a learner."""
    with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
        content = json.loads(file.read_text(encoding="utf-8"))
        return Progress(_days(content.get("opened")), _days(content.get("passed")))
    return Progress()


def write_progress(file: Path, progress: Progress) -> None:
    """Keep it: all of it or nothing. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"opened": progress.opened, "passed": progress.passed}
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        new.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def forget_progress(file: Path) -> None:
    """Begin anew. Raises OSError."""
    file.unlink(missing_ok=True)


def _days(found: Any) -> dict[int, str]:
    return {int(chapter): str(day) for chapter, day in found.items()} if isinstance(found, dict) else {}
