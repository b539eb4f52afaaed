"""The built site, for tests of what is in it."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.programs import TOP


@cache
def built_site() -> Path:
    """Where the docs are built, of the present sources: `make test` has built them already."""
    done = subprocess.run(
        [sys.executable, TOP / "scripts" / "docs.py"], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return TOP / "src" / "roomcast" / "site" / "learn"
