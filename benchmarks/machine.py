"""The machine and the versions on it, as the results record them; and reading a list of names from the command line."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Collection
from pathlib import Path


def describe() -> dict[str, str]:
    """Date, processor, system, and versions of Python and Node ("" where there is none)."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "node": _output_of("node", "--version").removeprefix("v"),
    }


def _output_of(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def chosen(typed: str, known: Collection[str]) -> list[str]:
    """The names in a comma-separated option. Exits with a message if one is unknown."""
    names = typed.split(",")
    for name in names:
        if name not in known:
            raise SystemExit(f"there is no {name!r}: choose from {', '.join(known)}")
    return names
