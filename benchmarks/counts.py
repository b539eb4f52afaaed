"""Instructions of the hot path, counted by callgrind: noise cannot blur them. Are they within their budgets?

    make counts                     check them
    make counts ARGS=--record       write down what they are now, as the new budgets

With the same Python and the same msgspec the counts are the same in every run, to one part in a thousand. The budgets
are in benchmarks/budgets.toml, by version of Python; docs/performance.md says how to move one honestly.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from hot_path import PIECES, mark, operations

HERE = Path(__file__).resolve().parent
BUDGETS = HERE / "budgets.toml"
PYTHON = "python" + ".".join(platform.python_version_tuple()[:2])
TITLES = {
    "command-2": "a command into a busy room of 2",
    "command-100": "a command into a busy room of 100",
    "lone-command-2": "a command and its flush, room of 2",
    "lone-command-100": "a command and its flush, room of 100",
    "join-leave-100": "a newcomer joins 100 others, and leaves",
    "client-runs": "a command received and run by pump()",
    "asyncio-runs": "the same, from `async for`",
    "client-sends": "a command sent, and acknowledged",
    "json": "of these, JSON in and out (msgspec)",
}


def why_not() -> str | None:
    """Why nothing can be counted here, and what to type; None where it can."""
    if sys.platform != "linux":
        return "instructions are counted on Linux, with valgrind"
    if shutil.which("valgrind") is None:
        return "not installed: valgrind; type: sudo apt install valgrind"
    return None


def count(source: Path | None = None) -> dict[str, int]:
    """Instructions an operation, by piece. `source`: another tree's src folder, else this one's package."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    if source is not None:
        environment["PYTHONPATH"] = str(source)
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder, "counts")
        ran = subprocess.run(
            [
                *("valgrind", "--quiet", "--tool=callgrind", f"--dump-before={mark.__name__}"),
                *(f"--callgrind-out-file={counts}", sys.executable, str(HERE / "hot_path.py")),
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise SystemExit(f"the hot path did not run:\n{ran.stdout}{ran.stderr}")
        # Each piece is between two marks: its counts are in the second of two files.
        totals = [_total(counts.with_suffix(f".{2 * place + 2}")) for place in range(len(PIECES))]
    return {name: round(total / operations(name)) for name, total in zip(PIECES, totals, strict=True)}


def _total(file: Path) -> int:
    found = re.search(r"^totals: (\d+)", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"callgrind wrote no total into {file.name}")
    return int(found[1])


def over_budget(counts: dict[str, int], budgets: dict[str, int], allowance: float) -> list[str]:
    """What is too much, as sentences."""
    above = {name: counts[name] / budget for name, budget in budgets.items() if name in counts}
    return [
        f"{TITLES[name]}: {counts[name]:,} instructions, {ratio - 1:+.1%} where {allowance:.0%} is allowed"
        for name, ratio in above.items()
        if ratio > 1 + allowance
    ]


def read_budgets() -> tuple[dict[str, int], float]:
    """Those of this Python ({} if there are none), and how much more than them is allowed."""
    written = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
    return written.get(PYTHON, {}), written["allowance"]


def record(counts: dict[str, int]) -> None:
    """Make the counts the budgets of this Python; all else in the file stays."""
    lines = BUDGETS.read_text(encoding="utf-8").splitlines()
    heading = f'["{PYTHON}"]'
    start = lines.index(heading) if heading in lines else len(lines)
    end = next((place for place in range(start + 1, len(lines)) if lines[place].startswith("[")), len(lines))
    table = [heading, *(f"{name} = {number}" for name, number in counts.items())]
    lines[start:end] = [*([""] if start == len(lines) else []), *table, *([""] if end < len(lines) else [])]
    BUDGETS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--record", action="store_true", help="make what they are now the new budgets")
    wanted = options.parse_args()
    if reason := why_not():
        raise SystemExit(reason)
    counts = count()
    budgets, allowance = read_budgets()
    for name, number in counts.items():
        beside = f"  {number / budgets[name] - 1:+7.1%} of its budget" if name in budgets else "  no budget yet"
        print(f"{number:9,} instructions: {TITLES[name]:42}{beside}")
    if wanted.record:
        record(counts)
        print(f"benchmarks/{BUDGETS.name} has these numbers now, for {PYTHON}")
    elif not budgets:
        print(f"There are no budgets for {PYTHON}: make counts ARGS=--record")
    elif too_much := over_budget(counts, budgets, allowance):
        raise SystemExit("\n".join(["Over budget:", *too_much]))


if __name__ == "__main__":
    main()
