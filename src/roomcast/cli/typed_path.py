"""A path as it is typed in a terminal, for commands that are printed to be copied."""

from __future__ import annotations

import os
import shlex
from pathlib import Path


def typed_path(path: Path) -> str:
    """The path, in quotes where the system's usual shell needs them."""
    if os.name == "nt":
        return f'"{path}"' if " " in str(path) else str(path)
    return shlex.quote(str(path))
