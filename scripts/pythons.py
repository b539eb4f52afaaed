"""Run the core's tests, the clients' tests and one whole game on every Python that this computer has (`make pythons`).

Looks for Python 3.11 to 3.14, free-threaded builds included: on PATH and among those that pyenv and uv installed. Each
has an environment of its own under build/pythons/. Prints a table at the end; the exit code is 1 if any of them failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).resolve().parent.parent
ENVIRONMENTS: Final = TOP / "build" / "pythons"
WANTED: Final = ("3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t")  # "t": free-threaded
TESTS: Final = (
    "tests/core",
    "tests/client",
    "tests/transports/test_event_loop.py",
    "tests/integration/test_whole_game.py",
)
ANSWER_WITHIN: Final = 20.0  # seconds for an interpreter to say which it is
INSTALL_WITHIN: Final = 900.0  # seconds; where there are no wheels, pip compiles
TEST_WITHIN: Final = 900.0  # seconds

# What an interpreter says about itself. Two names of one interpreter have the same `home` and the same version.
_ASK: Final = """
import json, platform, sys, sysconfig
print(json.dumps({
    "series": "%d.%d" % sys.version_info[:2] + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""),
    "version": platform.python_version(),
    "implementation": platform.python_implementation(),
    "home": sys.base_prefix,
}))
"""


@dataclass(frozen=True)
class Interpreter:
    path: Path
    series: str  # "3.13", or "3.13t" for a free-threaded build
    version: str
    implementation: str  # "CPython", "PyPy"
    home: str  # where it is installed

    @property
    def environment(self) -> Path:
        place = re.sub(r"\W+", "-", self.home).strip("-")
        return ENVIRONMENTS / f"{self.implementation}-{self.version}{'t' * self.series.endswith('t')}-{place}"


@dataclass(frozen=True)
class Outcome:
    """What the tests, or pip, had to say on one interpreter."""

    good: bool
    words: str
    seconds: float


def main() -> int:
    about, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(description=about, epilog=more)
    parser.add_argument("--only", metavar="VERSION", action="append", help=f"one or more of {', '.join(WANTED)}")
    parser.add_argument("--fresh", action="store_true", help="make the environments anew")
    parser.add_argument("--verbose", action="store_true", help="show all that pytest prints, not only of failures")
    asked = parser.parse_args()
    wanted = tuple(asked.only or WANTED)
    if unknown := [series for series in wanted if series not in WANTED]:
        parser.error(f"--only knows {', '.join(WANTED)}, not {', '.join(unknown)}")

    found = find(wanted)
    outcomes: list[tuple[Interpreter, Outcome]] = []
    for interpreter in found:
        print(f"Python {interpreter.version} ({interpreter.path}) …", flush=True)
        outcomes.append((interpreter, try_on(interpreter, fresh=asked.fresh, verbose=asked.verbose)))
    print()
    show(outcomes)
    if missing := [series for series in wanted if series not in {one.series for one in found}]:
        print(f"Not found here: {', '.join(missing)}")
    return 0 if found and all(outcome.good for _, outcome in outcomes) else 1


# ---------------------------------------------------------------- finding


def find(wanted: tuple[str, ...]) -> list[Interpreter]:
    """All interpreters of these versions, the oldest first, each once."""
    found: dict[tuple[str, str, str], Interpreter] = {}
    for path in _candidates():
        interpreter = _ask(path)
        if interpreter is not None and interpreter.series in wanted:
            found.setdefault((interpreter.series, interpreter.version, interpreter.home), interpreter)
    return sorted(found.values(), key=lambda one: (WANTED.index(one.series), one.version, one.home))


def _candidates() -> Iterator[Path]:
    for folder in os.get_exec_path():
        for series in WANTED:
            yield Path(folder, f"python{series}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local" / "share" / "uv" / "python")
    for installed in (pyenv / "versions", uv):
        yield from sorted(installed.glob("*/bin/python3"))


def _ask(path: Path) -> Interpreter | None:
    """What it says about itself; None where nothing runs by that name, such as a pyenv shim of a version not chosen."""
    if shutil.which(path) is None:
        return None
    try:
        said = subprocess.run([path, "-c", _ASK], capture_output=True, text=True, timeout=ANSWER_WITHIN, check=True)
        return Interpreter(path, **json.loads(said.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


# ---------------------------------------------------------------- trying


def try_on(interpreter: Interpreter, *, fresh: bool, verbose: bool) -> Outcome:
    began = time.monotonic()
    if reason := install(interpreter, fresh=fresh):
        return Outcome(False, f"could not install: {reason}", time.monotonic() - began)
    began = time.monotonic()
    good, words = run_tests(interpreter, verbose=verbose)
    return Outcome(good, words, time.monotonic() - began)


def install(interpreter: Interpreter, *, fresh: bool) -> str:
    """Make its environment, unless it is there and up to date; why that did not work, in a line, or ""."""
    made = interpreter.environment / ".made"
    needs = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    if not fresh and made.exists() and made.read_text(encoding="utf-8") == needs:
        return ""
    pip = (str(_python_of(interpreter)), "-m", "pip", "--disable-pip-version-check", "--quiet")
    commands = (
        (str(interpreter.path), "-m", "venv", "--clear", str(interpreter.environment)),
        (*pip, "install", "--editable", f"{TOP}[test]"),
    )
    for command in commands:
        try:
            ran = subprocess.run(
                command,
                env=os.environ | {"ROOMCAST_DOCS": "no"},  # the tests there need no docs
                capture_output=True,
                text=True,
                timeout=INSTALL_WITHIN,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"gave up after {INSTALL_WITHIN:.0f} seconds"
        if ran.returncode:
            return _reason(ran.stderr or ran.stdout)
    made.write_text(needs, encoding="utf-8")
    return ""


def _reason(said: str) -> str:
    """The line that says most: pip's first error, or the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return (errors or lines[-1:] or ["it said nothing"])[0]


def run_tests(interpreter: Interpreter, *, verbose: bool) -> tuple[bool, str]:
    """Whether all passed, and how many did what."""
    command = (str(_python_of(interpreter)), "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *TESTS)
    try:
        ran = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=TEST_WITHIN, check=False)
    except subprocess.TimeoutExpired:
        return False, f"gave up after {TEST_WITHIN:.0f} seconds"
    if verbose or ran.returncode:
        print(ran.stdout, ran.stderr, sep="")
    counts = re.findall(r"(\d+) (passed|failed|errors?|skipped)", ran.stdout.strip().rpartition("\n")[2])
    return ran.returncode == 0, ", ".join(f"{number} {what}" for number, what in counts) or "no test ran"


def _python_of(interpreter: Interpreter) -> Path:
    return interpreter.environment / "bin" / "python"


# ---------------------------------------------------------------- telling


def show(outcomes: list[tuple[Interpreter, Outcome]]) -> None:
    rows = [("", "version", "interpreter", "seconds", "tests")]
    for interpreter, outcome in outcomes:
        name = f"{interpreter.implementation} {interpreter.version}{'t' * interpreter.series.endswith('t')}"
        rows.append(
            ("✓" if outcome.good else "✗", name, str(interpreter.path), f"{outcome.seconds:.0f}", outcome.words)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for sign, name, path, seconds, words in rows:
        print(f"{sign:1} {name:{widths[1]}}  {path:{widths[2]}}  {seconds:>{widths[3]}}  {words}")


if __name__ == "__main__":
    sys.exit(main())
