"""Instructions of the hot path, counted by callgrind and checked against their budgets.

    make counts                     check the counts
    make counts ARGS=--record       record the counts as the new budgets

With the same Python and the same msgspec, two runs differ by less than one part in a thousand. The budgets are in
benchmarks/budgets.toml, by version of Python; docs/performance.md says how to move one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUDGETS = HERE / "budgets.toml"
MARK = "getsid"  # the C function behind `mark` in hot_path.py
PYTHON = "python" + ".".join(platform.python_version_tuple()[:2])
TITLES = {
    "command-2": "a command into a busy room of 2",
    "command-64": "a command into a busy room of 64",
    "private-8-64": "a command private to 8 others, room of 64",
    "private-63-64": "a command private to all others, room of 64",
    "command-100": "a command into a busy room of 100",
    "ruled-command-2": "a command that rules handle, room of 2",
    "ticked-command-4": "the same in a room of 4 with ticks, its share of the tick in it",
    "tick-4": "a tick that moves all in a room of 4, and no command",
    "lone-command-2": "a command and its flush, room of 2",
    "lone-command-100": "a command and its flush, room of 100",
    "join-leave-100": "a newcomer joins 100 others, and leaves",
    "client-runs": "a command received and run by pump()",
    "asyncio-runs": "the same, from `async for`",
    "client-sends": "a command sent, and acknowledged",
    "json": "of these, JSON in and out (msgspec)",
}


# Pieces shown as multiples of another one: the cost of private commands in the core. With sockets, in a whole server,
# the limit is twice the processor time: `make figures ARGS="--only private"`.
RATIOS = {"private-8-64": "command-64", "private-63-64": "command-64"}
# Prints the pieces of a hot_path.py with their number of operations: those of another revision may differ.
PIECES_OF = (
    "import sys, json; sys.path.insert(0, sys.argv[1]); import hot_path; "
    "print(json.dumps({name: hot_path.operations(name) for name in hot_path.PIECES}))"
)


def why_not() -> str | None:
    """Why nothing can be counted here, with the command that mends it; None where counting works."""
    if sys.platform != "linux":
        return "instructions are counted on Linux, with valgrind"
    if shutil.which("valgrind") is None:
        return "not installed: valgrind; type: sudo apt install valgrind"
    return None


def count(tree: Path = HERE.parent) -> dict[str, int]:
    """Instructions for each operation, by piece: the hot path of a tree, as its own script runs it."""
    script = hot_path_of(tree)
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(tree / "src"),
    }
    operations: dict[str, int] = json.loads(_run(environment, "-c", PIECES_OF, str(script.parent)))
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder, "counts")
        callgrind = ("--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={counts}")
        _run(environment, str(script), under=("valgrind", "--quiet", *callgrind))
        # Each piece stands between two marks, so its counts are in the second of two dumps.
        totals = [_total(counts.with_suffix(f".{2 * place + 2}")) for place in range(len(operations))]
    return {name: round(total / operations[name]) for name, total in zip(operations, totals, strict=True)}


def hot_path_of(tree: Path) -> Path:
    """The hot_path.py of a tree. Its folder was bench/ in early revisions."""
    for folder in ("benchmarks", "bench"):
        if (script := tree / folder / "hot_path.py").exists():
            return script
    raise SystemExit(f"there is no hot_path.py in {tree}")


def _run(environment: dict[str, str], *arguments: str, under: tuple[str, ...] = ()) -> str:
    """Run Python, perhaps under another program; returns its output. Exits with a message where it fails."""
    command = [*under, sys.executable, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"the hot path did not run:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def _total(file: Path) -> int:
    found = re.search(r"^totals: (\d+)", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"callgrind wrote no total into {file.name}")
    return int(found[1])


def over_budget(counts: dict[str, int], budgets: dict[str, int], allowance: float) -> list[str]:
    """One sentence for each count that is over its budget."""
    above = {name: counts[name] / budget for name, budget in budgets.items() if name in counts}
    return [
        f"{TITLES[name]}: {counts[name]:,} instructions, {ratio - 1:+.1%} where {allowance:.0%} is allowed"
        for name, ratio in above.items()
        if ratio > 1 + allowance
    ]


def read_budgets() -> tuple[dict[str, int], float]:
    """The budgets of this Python ({} if there are none), and the share by which a count may exceed its budget."""
    written = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
    return written.get(PYTHON, {}), written["allowance"]


def record(counts: dict[str, int]) -> None:
    """Write the counts as the budgets of this Python; the rest of the file stays as it is."""
    lines = BUDGETS.read_text(encoding="utf-8").splitlines()
    heading = f'["{PYTHON}"]'
    start = lines.index(heading) if heading in lines else len(lines)
    end = next((place for place in range(start + 1, len(lines)) if lines[place].startswith("[")), len(lines))
    table = [heading, *(f"{name} = {number}" for name, number in counts.items())]
    lines[start:end] = [*([""] if start == len(lines) else []), *table, *([""] if end < len(lines) else [])]
    BUDGETS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--record", action="store_true", help="record the counts as the new budgets")
    wanted = options.parse_args()
    if reason := why_not():
        raise SystemExit(reason)
    counts = count()
    budgets, allowance = read_budgets()
    for name, number in counts.items():
        beside = f"  {number / budgets[name] - 1:+7.1%} of its budget" if name in budgets else "  no budget yet"
        print(f"{number:9,} instructions: {TITLES[name]:42}{beside}")
    for name, base in RATIOS.items():
        print(f"{counts[name] / counts[base]:9.2f} times {TITLES[base]}: {TITLES[name]}")
    if wanted.record:
        record(counts)
        print(f"benchmarks/{BUDGETS.name} has these numbers now, for {PYTHON}")
    elif not budgets:
        print(f"There are no budgets for {PYTHON}: make counts ARGS=--record")
    elif too_much := over_budget(counts, budgets, allowance):
        raise SystemExit("\n".join(["Over budget:", *too_much]))


if __name__ == "__main__":
    main()
