"""The changes that pages show, as diffs between two files of a chapter. Run it to write them anew after a change:

.venv/bin/python -m tests.learn.changes
"""

import difflib
from pathlib import Path

from tests.learn.terminals import LEARN

GAME = LEARN / "7-your-own-game"
CHANGES = {GAME / f"change_{n}.diff": (GAME / f"stars_{n - 1}.py", GAME / f"stars_{n}.py") for n in range(1, 6)} | {
    LEARN / "6-rules" / "late.diff": (LEARN / "6-rules" / "claim.py", LEARN / "6-rules" / "late.py")
}


def difference(before: Path, after: Path) -> str:
    """As `diff -u` prints it, without times."""
    old, new = (file.read_text(encoding="utf-8").splitlines(keepends=True) for file in (before, after))
    return "".join(difflib.unified_diff(old, new, before.name, after.name))


if __name__ == "__main__":
    for shown, (before, after) in CHANGES.items():
        shown.write_text(difference(before, after), encoding="utf-8")
