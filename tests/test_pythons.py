"""`make pythons`: which interpreters it finds, and what it says where one fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import TOP

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="interpreters are stood in for by shell scripts")


def pythons(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run it where no interpreter is to be found but those in `folder`."""
    nowhere = str(folder / "nothing")
    return subprocess.run(
        [sys.executable, TOP / "scripts" / "pythons.py", *words],
        env={**os.environ, "PATH": str(folder), "PYENV_ROOT": nowhere, "UV_PYTHON_INSTALL_DIR": nowhere},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def stand_in(folder: Path, name: str, does: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    program.chmod(0o755)


def test_one_on_which_nothing_can_be_installed_is_named_with_the_reason(tmp_path: Path) -> None:
    facts = {"series": "3.14t", "version": "3.14.0", "implementation": "CPython", "home": str(tmp_path)}
    fails = "echo 'WARNING: old' >&2; echo 'ERROR: no disk' >&2; exit 1"
    does = f"case $1 in -c) echo '{json.dumps(facts)}';; *) {fails};; esac"
    stand_in(tmp_path, "python3.14t", does)
    stand_in(tmp_path, "python3.12", "echo 'pyenv: not found' >&2; exit 127")  # a shim of a version that is not chosen
    ran = pythons(tmp_path)
    assert ran.returncode == 1, ran.stderr
    assert "✗ CPython 3.14.0t" in ran.stdout
    assert "could not install: ERROR: no disk" in ran.stdout
    assert "Not found here: 3.11, 3.12, 3.13, 3.13t, 3.14\n" in ran.stdout


def test_where_there_is_none_it_fails(tmp_path: Path) -> None:
    ran = pythons(tmp_path, "--only", "3.12")
    assert ran.returncode == 1
    assert "Not found here: 3.12\n" in ran.stdout


def test_a_version_that_it_does_not_know_is_refused(tmp_path: Path) -> None:
    ran = pythons(tmp_path, "--only", "2.7")
    assert ran.returncode == 2
    assert "--only knows 3.11, 3.12" in ran.stderr
