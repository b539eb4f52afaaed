"""The wheel, and what becomes of it on another computer: as docs/install.md says, without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.roomcast_program import ANYWHERE
from tests.programs import TOP, Program

pytestmark = [pytest.mark.takes(45), pytest.mark.timeout(400)]  # pip has much to write

BIN = "Scripts" if sys.platform == "win32" else "bin"
PLATFORM = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
JOIN = """
import sys
import roomcast

room = roomcast.join(sys.argv[1], name="Ada")
moved = []

@room.everywhere
def move(player, dx):
    moved.append((player.name, dx))

move(5)
while not moved:
    room.pump(wait=1)
print(*moved[0], roomcast.__file__)
"""


def run(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program as a newcomer does: with nothing of ours on its path."""
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        words, cwd=cwd, env=clean | environment, capture_output=True, text=True, timeout=390, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheel` makes; with the docs that are there, if there are any."""
    folder = tmp_path_factory.mktemp("dist")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation")
    done = run(*pip, "--wheel-dir", folder, TOP, cwd=folder, ROOMCAST_DOCS="no")
    assert done.returncode == 0, done.stderr
    return next(folder.glob("roomcast-*.whl"))


@pytest.fixture(scope="module")
def house(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheelhouse` makes, for this system and this Python."""
    folder = tmp_path_factory.mktemp("stick")
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    script = TOP / "scripts" / "wheelhouse.py"
    (folder / "roomcast-0.0.1-py3-none-any.whl").touch()  # of an earlier time
    words = ("--wheel", wheel, "--to", folder, "--platform", PLATFORM, "--python", python)
    done = run(sys.executable, script, *words, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def environment(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with Roomcast in it, installed from the stick, without a network."""
    folder = tmp_path_factory.mktemp("home")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/nowhere", "PIP_NO_COMPILE": "1"}
    done = run(sys.executable, house / "install.py", ".venv", cwd=folder, **nowhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Roomcast is installed. Try: " in done.stdout
    return folder / ".venv"


def test_the_stick_has_no_wheel_of_an_earlier_time(house: Path) -> None:
    assert [file.name for file in house.glob("roomcast-*.whl")] == ["roomcast-0.1.0-py3-none-any.whl"]


def test_the_command_is_there_and_says_its_version(environment: Path) -> None:
    done = run(environment / BIN / "roomcast", "--version", cwd=environment)
    assert done.stdout == "Roomcast 0.1.0\n"


def test_a_server_starts_and_a_game_joins(environment: Path, tmp_path: Path) -> None:
    game = tmp_path / "game.py"
    game.write_text(JOIN, encoding="utf-8")
    python = environment / BIN / "python"
    with Program(Path("-m"), "roomcast", "serve", *ANYWHERE, by=(str(python),)) as server:
        found = re.search(r'"(.*)"', server.line("  On this computer"))
        assert found
        done = run(python, game, found[1], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    name, moved, place = done.stdout.split(maxsplit=2)
    assert (name, moved) == ("Ada", "5")
    assert Path(place.strip()).is_relative_to(environment)


def test_an_error_can_be_looked_up_where_there_is_no_clone(environment: Path) -> None:
    done = run(environment / BIN / "roomcast", "help", "no-server", cwd=environment)
    assert done.stdout.startswith("no-server: no server answers at an address\n")


def test_the_stick_tells_a_python_that_it_was_not_made_for(house: Path, tmp_path: Path) -> None:
    half = tmp_path / "half"
    shutil.copytree(house, half, ignore=shutil.ignore_patterns("msgspec-*"))
    done = run(sys.executable, half / "install.py", ".venv", cwd=tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS="")
    assert done.returncode == 1
    assert "this folder was made for other systems or another Python" in done.stderr
