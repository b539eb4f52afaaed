"""Node.js, for the tests of the client in JavaScript."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import TOP

HERE = Path(__file__).parent
MODULES = TOP / "tests" / "node_modules"
JS = TOP / "src" / "roomcast" / "js"  # the npm package
SITE = TOP / "src" / "roomcast" / "site"  # the pages

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not all((MODULES / name).is_dir() for name in ("ws", "vite", "react")),
    reason="Node.js or its packages are not here: install npm, then run make test",
)


def run(*command: str | Path, typed: str = "", within: float = 100.0, **environment: str) -> str:
    """Run a program to its end; what it printed. Fails with that where the program does."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=TOP,
        env=os.environ | environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    said = done.stdout + done.stderr
    if done.returncode != 0:
        pytest.fail(f"{command[0]} failed and said:\n{said}", pytrace=False)
    return said
