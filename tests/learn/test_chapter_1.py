"""Chapter 1, followed to the letter: two programs write to each other, and a message takes its six steps."""

from pathlib import Path

import pytest

from tests.learn.follow import chapter

pytestmark = [pytest.mark.takes(6), pytest.mark.usefixtures("own_networks")]


def test_its_commands_do_what_it_shows(tmp_path: Path) -> None:
    with chapter("1-sockets", tmp_path) as followed:
        assert set(followed.terminals) == {"Terminal 1", "Terminal 2"}
        followed.terminals["Terminal 1"].wait_for_prompt()
