"""Chapter 3, followed to the letter: from an echo to dots in two windows. Each line of its programs is explained."""

import re
from pathlib import Path

import pytest

from tests.learn.follow import LEARN, Chapter, chapter
from tests.windows import Window

pytestmark = pytest.mark.takes(6)
_PIECE = re.compile(r"^```\{literalinclude\} (\S+)\n((?::.*\n)*)```", re.MULTILINE)


@pytest.mark.usefixtures("own_networks")
def test_its_commands_do_what_it_shows(tmp_path: Path, display: str) -> None:
    def move_dots(_: Chapter) -> None:
        ada = Window.titled(display, r"^dots: (Ada|Alan) ")
        grace = Window.titled(display, r"^dots: (Grace|Radia) ")
        names = {ada.title.split()[1], grace.title.split()[1]}
        assert names == {"Alan", "Radia"}  # the names that come next
        ada.move(10, 10)
        grace.move(510, 10)
        ada.press("Right", "Right", "Up")
        for window in ada, grace:
            window.wait_to_see(220, 190, "orchid")
        ada.close()
        grace.close()

    with chapter("3-starter-code", tmp_path, {"move_dots": move_dots}, DISPLAY=display) as followed:
        assert set(followed.terminals) == {"Terminal 1", "Terminal 2", "Terminal 3"}


def test_every_line_of_its_programs_is_explained() -> None:
    """The pieces of each program follow each other without a gap, from its first line to its last."""
    explained: dict[str, int] = {}
    for file, options in _PIECE.findall((LEARN / "3-starter-code.md").read_text(encoding="utf-8")):
        lines = (LEARN / file).read_text(encoding="utf-8").splitlines()
        marks = dict(option[1:].split(": ", 1) for option in options.splitlines())
        start = next(number for number, line in enumerate(lines) if marks["start-at"] in line)
        assert start == explained.get(file, 0), f"{file}, line {explained.get(file, 0) + 1}: not explained, or twice"
        end = marks.get("end-before")
        explained[file] = next(
            (number for number in range(start + 1, len(lines)) if end is not None and end in lines[number]), len(lines)
        )
    for file, count in explained.items():
        assert count == len((LEARN / file).read_text(encoding="utf-8").splitlines()), (
            f"{file}: its end is not explained"
        )
    assert len(explained) == 8
