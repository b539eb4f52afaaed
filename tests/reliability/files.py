"""What people do with a kept file while a server uses it: back it up, check it, start a second server on it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOMCAST = (sys.executable, "-m", "roomcast")
WITHIN = 120.0  # seconds


def back_up_and_check(file: Path) -> str:
    """Make a backup with the program that users have, and check it. What was wrong; "": nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "backup.db"
        for arguments in (["backup", str(file), str(copy)], ["check", str(copy)]):
            ran = subprocess.run([*ROOMCAST, *arguments], capture_output=True, text=True, timeout=WITHIN, check=False)
            if ran.returncode:
                return f"{arguments[0]} ended with {ran.returncode}: {ran.stdout[-300:]} {ran.stderr[-300:]}"
    return ""


def serve_as_well(file: Path) -> bool:
    """Start a second server on the file, by a link to it. Whether it ran."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "link.db"
        link.symlink_to(file)
        command = [*ROOMCAST, "serve", "--host", "127.0.0.1", "--port", "0", "--keep", str(link), "--no-starter"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            assert server.stdout is not None
            # It says where it serves once it does; one that is refused says why, and ends.
            serves = any("http://" in line for line in server.stdout)
            server.kill()
        return serves or server.returncode == 0
