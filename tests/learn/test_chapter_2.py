"""Chapter 2, followed to the letter: folders, programs, Ctrl-C, a virtual environment, errors."""

from pathlib import Path

import pytest

from tests.learn.follow import Chapter, chapter

pytestmark = [pytest.mark.takes(7), pytest.mark.usefixtures("own_networks")]


def test_its_commands_do_what_it_shows(tmp_path: Path) -> None:
    def mend_line_7(_: Chapter) -> None:
        file = tmp_path / "home" / "learn" / "broken.py"
        text = file.read_text(encoding="utf-8")
        assert text.splitlines()[6] == "for number in range(1, len(names) + 1):"
        file.write_text(text.replace("range(1, len(names) + 1)", "range(len(names))"), encoding="utf-8")

    with chapter("2-terminal", tmp_path, {"mend_line_7": mend_line_7}) as followed:
        assert set(followed.terminals) == {"Terminal 1", "Terminal 2", "Terminal 3"}
