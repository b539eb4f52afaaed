"""Which names a project may have: it is the name of a folder on any system, and of the project's room."""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 40  # characters
_ALLOWED: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OF_WINDOWS: Final = re.compile(r"(?i)con|prn|aux|nul|(com|lpt)\d")  # names of devices: no folder there can have them


class ProjectRefused(ValueError):
    """No project is made, for a reason that the message says, and what to do instead."""


def check_project_name(name: str) -> None:
    """Raises `ProjectRefused`, whose message suggests a name that would do."""
    if len(name) > MOST:
        raise ProjectRefused(f"{name[:MOST]!r}… is too long a name for a project: take at most {MOST} characters")
    if _OF_WINDOWS.fullmatch(name):
        raise ProjectRefused(f"Windows has no folders named {name!r}, and others may want to run your project there")
    if not _ALLOWED.fullmatch(name):
        near = re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-_0123456789")
        near = "my-game" if not near or _OF_WINDOWS.fullmatch(near) else near
        raise ProjectRefused(
            f"{name!r} is no name for a project. Take letters, digits, - and _, with a letter first, such as {near}",
        )
