"""A Python that is too old says so in a sentence: in pip, for a wheel and for a clone, and in a program."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs import TOP

pytestmark = pytest.mark.takes(20)

NAMES = ("python3.10", "python3.9", "python3.8", "pypy3")  # Debian's PyPy is a Python 3.9
PYENV = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
Run = Callable[..., str]


def _version(python: Path) -> str:
    """As in "3.9"; "" for what is no Python, such as a shim of a version that is not here."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False, timeout=60).stdout.strip()


@pytest.fixture(scope="module")
def old() -> tuple[Path, str]:
    """A Python that is too old, and its version."""
    for python in (*sorted(PYENV.glob("3.[89].*/bin/python")), *map(Path, filter(None, map(shutil.which, NAMES)))):
        version = _version(python)
        if version and tuple(map(int, version.split("."))) < (3, 11):
            return python, version
    pytest.skip("there is no Python older than 3.11 here (Debian's pypy3 is one)")


@pytest.fixture(scope="module")
def pip(old: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """pip("install", …) with that Python, without a network, into a folder of its own → what it says."""
    folder = tmp_path_factory.mktemp("old")
    python = old[0]
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, timeout=100, check=False).returncode:
        subprocess.run([python, "-m", "venv", folder], check=True, timeout=100)
        python = folder / "bin" / "python"

    def run(*words: str | Path) -> str:
        command = [
            python,
            "-m",
            "pip",
            "--isolated",
            "--disable-pip-version-check",
            *words,
            "--target",
            folder / "there",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=folder)
        assert done.returncode != 0
        return done.stdout + done.stderr

    return run


def test_pip_says_so_of_a_wheel_and_looks_for_nothing_else(pip: Run, old: tuple[Path, str], tmp_path: Path) -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert all("python_version >= '3.11'" in line for line in project["dependencies"]), "else pip looks for those first"
    wheel = _wheel(tmp_path, project["requires-python"], project["dependencies"])
    said = pip("install", "--no-index", wheel)
    assert f"Package 'roomcast' requires a different Python: {old[1]}" in said
    assert "not in '>=3.11'" in said
    assert "msgspec" not in said


def _wheel(folder: Path, requires_python: str, dependencies: list[str]) -> Path:
    """A wheel with the metadata of ours, and nothing in it."""
    file = folder / "roomcast-0.1.0-py3-none-any.whl"
    needs = "".join(f"Requires-Dist: {line}\n" for line in dependencies)
    with zipfile.ZipFile(file, "w") as wheel:
        info = "roomcast-0.1.0.dist-info"
        head = f"Metadata-Version: 2.1\nName: roomcast\nVersion: 0.1.0\nRequires-Python: {requires_python}\n"
        wheel.writestr(f"{info}/METADATA", head + needs)
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return file


def test_pip_says_so_of_a_clone(pip: Run, old: tuple[Path, str], tmp_path: Path) -> None:
    clone = tmp_path / "roomcast"
    clone.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(TOP / name, clone)
    shutil.copytree(TOP / "scripts", clone / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    said = pip("install", "--no-index", clone)
    assert f"Roomcast needs Python 3.11 or newer, and this is Python {old[1]}: install a newer one" in said
    assert "hatchling" not in said


def test_a_program_says_so(old: tuple[Path, str]) -> None:
    program = f"import sys; sys.path.insert(0, {str(TOP / 'src')!r}); import roomcast"
    done = subprocess.run([old[0], "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.splitlines()[-1].startswith(
        f"ImportError: Roomcast needs Python 3.11 or newer, and this is Python {old[1]}: "
    )


def test_the_script_of_a_wheelhouse_says_so(old: tuple[Path, str]) -> None:
    script = TOP / "scripts" / "stick" / "install.py"
    done = subprocess.run([old[0], script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Roomcast needs Python 3.11 or newer, and this is Python {old[1]}.")


def test_starter_code_runs_all_the_same(old: tuple[Path, str]) -> None:
    source = (TOP / "examples" / "starter" / "server.py").read_text(encoding="utf-8")
    done = subprocess.run([old[0], "-c", f"compile({source!r}, 'server.py', 'exec')"], check=False, timeout=60)
    assert done.returncode == 0
