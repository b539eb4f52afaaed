"""The tests that need no Linux (tests/portable.txt, `make portable`) can be collected where there is none."""

import subprocess
import sys

from tests.programs import TOP

ARGUMENTS = (TOP / "tests" / "portable.txt").read_text(encoding="utf-8").split()
# Modules that Windows does not have.
POSIX_ONLY = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty", "uvloop")
COLLECT = """
import sys
import pytest
for name in {missing}:
    sys.modules[name] = None  # importing it raises ImportError
sys.exit(pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", "@tests/portable.txt"]))
"""


def test_every_path_in_the_list_is_there() -> None:
    paths = [TOP / argument.removeprefix("--ignore=") for argument in ARGUMENTS]
    assert [path for path in paths if not path.exists()] == []


def test_they_are_collected_without_modules_that_windows_lacks() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", COLLECT.format(missing=POSIX_ONLY)],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
