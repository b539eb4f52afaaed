"""`roomcast demo` in a real terminal: what is to be seen, and what keys do."""

import re
import signal
from collections.abc import Iterator

import pytest

from tests.cli.roomcast_program import ANYWHERE
from tests.cli.terminal import OTHER_SCREEN, Terminal

pytestmark = pytest.mark.takes(12)

DEMO = ("-m", "roomcast", "demo", *ANYWHERE, "--bots", "1")
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


@pytest.fixture
def board() -> Iterator[Terminal]:
    with Terminal(*DEMO) as terminal:
        terminal.see("red bot")
        terminal.see(r"4 sent to all")
        yield terminal


def place_of(terminal: Terminal, name: str) -> tuple[int, int]:
    """The line and column of a name on the field."""
    lines = terminal.picture()
    return next((row, line.index(f"● {name}")) for row, line in enumerate(lines) if f"● {name}" in line[:50])


def test_arrow_keys_move_our_own_dot_and_its_way_is_shown(board: Terminal) -> None:
    board.see(r"yellow you +200 200")
    row, column = place_of(board, "yellow")
    board.type(RIGHT * 5 + DOWN * 9)
    board.see(r"yellow you +250 290")
    to_row, to_column = place_of(board, "yellow")
    assert to_row > row
    assert to_column > column
    board.see(r"the six steps of yellow: move\(\d+, \d+\)")
    board.see(r"1 acted +yellow's program called move")
    board.see(r"5 received .*yellow \+\d")
    board.type("q")
    code, after = board.wait()
    assert code == 0
    assert re.search(r"Every player ran the same [\d,]+ commands in the same order\.", after)


def test_the_picture_fits_the_terminal_also_when_that_changes(board: Terminal) -> None:
    for columns, lines in [(120, 40), (50, 16), (80, 24), (20, 6), (200, 60)]:
        board.resize(columns, lines)
        board.see(rf"^.{{{columns}}}$")
        picture = board.picture()
        assert len(picture) == lines
        assert {len(line) for line in picture} == {columns}
        assert any("●" in line for line in picture) or lines < 10
    board.type("q")
    assert board.wait()[0] == 0


@pytest.mark.parametrize("end", ["q", "\x03", signal.SIGTERM, signal.SIGINT], ids=str)
def test_the_terminal_is_as_it_was_however_it_ends(board: Terminal, end: str | signal.Signals) -> None:
    assert board.mode != board.mode_before
    if isinstance(end, str):
        board.type(end)
    else:
        board.signal(end)
    code, after = board.wait()
    assert code == 0
    assert board.mode == board.mode_before
    assert board.output.rindex("\x1b[?25h") > board.output.rindex(OTHER_SCREEN)  # the cursor is there again
    assert "Traceback" not in after


@pytest.mark.parametrize(("flags", "environment"), [([], {"NO_COLOR": "1"}), (["--no-color"], {})])
def test_without_colours_there_are_none(flags: list[str], environment: dict[str, str]) -> None:
    with Terminal(*DEMO, *flags, **environment) as terminal:
        terminal.see("red bot")
        terminal.type("q")
        terminal.wait()
        assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|38;[0-9;]*)m", terminal.output)


def test_a_terminal_that_can_do_nothing_gets_plain_lines() -> None:
    with Terminal(*DEMO, "--seconds", "0.5", TERM="dumb") as terminal:
        assert terminal._process.wait(10) == 0
        assert OTHER_SCREEN not in terminal.output
        assert "red plays in process" in terminal.output
