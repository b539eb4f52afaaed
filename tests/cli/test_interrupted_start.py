"""Ctrl-C while a command still imports: it ends at once, and no traceback is shown."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.roomcast_program import ROOMCAST

# Python imports a module of this name when it starts: this one presses Ctrl-C where a certain module is imported.
PRESSES_CTRL_C = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["PRESS_AT"]:
            os.kill(os.getpid(), signal.SIGINT)

if any(word.endswith("roomcast") for word in sys.orig_argv):
    sys.meta_path.insert(0, Finder())
"""
ENDED_BY_CTRL_C = (-signal.SIGINT, 130)  # by the system, or by itself; a shell calls both 130


def pressed_at(module: str, folder: Path, *words: str) -> tuple[int, str]:
    """The exit code of `roomcast WORD …`, and what it said, when Ctrl-C is pressed as it imports the module."""
    (folder / "sitecustomize.py").write_text(PRESSES_CTRL_C)
    ended = subprocess.run(
        [ROOMCAST, *words],
        env=os.environ | {"PYTHONPATH": str(folder), "PRESS_AT": module},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "module",
    ["roomcast", "asyncio", "msgspec", "roomcast.hosting", "roomcast.cli", "click", "rich", "roomcast.cli.serve"],
)
def test_ctrl_c_before_a_command_runs_ends_it_without_a_word(module: str, tmp_path: Path) -> None:
    code, said = pressed_at(module, tmp_path, "serve", "--help")
    assert code in ENDED_BY_CTRL_C
    assert said == ""


def test_whoever_ignores_ctrl_c_is_not_ended_by_it(tmp_path: Path) -> None:
    """As under nohup, and as what a shell starts in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code, said = pressed_at("asyncio", tmp_path, "--version")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (code, said.split()[0]) == (0, "Roomcast")
