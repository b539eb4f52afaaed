"""Ctrl-C while a command still imports: it ends at once, and no traceback is shown."""

import os
import signal
import subprocess
import sys
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


STARTS = {
    "roomcast": [ROOMCAST],
    "python -m roomcast": [sys.executable, "-m", "roomcast"],
    "python -mroomcast": [sys.executable, "-X", "utf8", "-mroomcast"],
}
MODULES = [
    *("roomcast", "asyncio", "msgspec", "roomcast.client.aio", "roomcast.hosting", "roomcast.cli", "click", "rich"),
    "roomcast.cli.serve",
]


def pressed_at(start: str, module: str, folder: Path, *words: str) -> tuple[int, str]:
    """The exit code of `roomcast WORD …`, and what it said, when Ctrl-C is pressed as it imports the module."""
    (folder / "sitecustomize.py").write_text(PRESSES_CTRL_C)
    ended = subprocess.run(
        [*STARTS[start], *words],
        env=os.environ | {"PYTHONPATH": str(folder), "PRESS_AT": module},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("start", "module"),
    # Python itself looks for `roomcast` where it is to run a module: before anything of it can say how Ctrl-C ends.
    [(start, module) for start in STARTS for module in MODULES if module != "roomcast" or start == "roomcast"],
)
def test_ctrl_c_before_a_command_runs_ends_it_without_a_word(start: str, module: str, tmp_path: Path) -> None:
    code, said = pressed_at(start, module, tmp_path, "serve", "--help")
    assert code in ENDED_BY_CTRL_C
    assert said == ""


@pytest.mark.parametrize("start", STARTS)
def test_whoever_ignores_ctrl_c_is_not_ended_by_it(start: str, tmp_path: Path) -> None:
    """As under nohup, and as what a shell starts in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code, said = pressed_at(start, "asyncio", tmp_path, "--version")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (code, said.split()[0]) == (0, "Roomcast")


def test_a_program_that_imports_roomcast_has_ctrl_c_as_it_was() -> None:
    asks = "import signal, roomcast; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    for start in (["-c", asks, "roomcast"], ["-m", "timeit", "-n1", "-r1", "-s", asks]):
        ended = subprocess.run([sys.executable, *start], capture_output=True, text=True, timeout=60, check=True)
        assert ended.stdout.startswith("True")
