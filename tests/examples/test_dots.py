"""Dots in Tk windows, on a server: keys pressed in one move the dot in all the others, whatever they speak."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import roomcast
from roomcast import Room
from tests.asyncio_mover import AsyncioMover
from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window, picture

pytestmark = pytest.mark.takes(12)

GAME = EXAMPLES / "dots.py"
STARTER = EXAMPLES / "starter" / "dots_client.py"

# In every window a dot has the colour that its player's id makes.
ADA, GRACE, ALAN, BOB = "sienna", "forest green", "orchid", "orange"


@pytest.fixture
def play(display: str, server: RunningServer) -> Iterator[Callable[[str], Program]]:
    """play("Ada") → her program, with its window."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(Program(GAME, server.address(), name, "--log", DISPLAY=display))


def window(display: str, player: str, here: int) -> Window:
    """The player's window, as soon as it shows so many dots."""
    return Window.titled(display, rf"^dots: {player} \({here} here\)$")


def test_keys_in_one_window_move_the_dot_in_the_other(
    display: str, play: Callable[[str], Program], tmp_path: Path
) -> None:
    adas, graces = play("Ada"), play("Grace")
    ada, grace = window(display, "Ada", 2), window(display, "Grace", 2)
    ada.move(10, 10)
    grace.move(510, 10)

    ada.press("Right", "Right", "Right", "Right", "Right", "Up")
    graces.line("Ada is at 250 190")
    grace.press("Down", "Down", "Down", "Left", "space")
    for program in adas, graces:
        program.line("Ada is at 250 190")
        program.line("Grace is at 190 230")

    for player in "Ada", "Grace":  # both programs went through the same places, in the same order
        both = [program.all_lines(f"{player} is at ") for program in (adas, graces)]
        assert both[0] == both[1]
    order = [[line for line in program.lines if line.startswith(("Ada is", "Grace is"))] for program in (adas, graces)]
    assert order[0][-10:] == order[1][-10:]
    for each in ada, grace:
        each.wait_to_see(250, 190, ADA)
        each.wait_to_see(190, 230, GRACE)
        each.wait_to_see(200, 200, "white")  # where both began
    picture(display).save(tmp_path / "two-windows.png")  # for whoever wants to look


def test_who_walks_off_one_side_comes_back_on_the_other(display: str, play: Callable[[str], Program]) -> None:
    program = play("Ada")
    ada = window(display, "Ada", 1)
    ada.press(*["Left"] * 21)
    program.line("Ada is at 390 200")
    ada.wait_to_see(390, 200, ADA)


def test_windows_starter_windows_and_programs_see_each_others_moves(
    display: str, server: RunningServer, play: Callable[[str], Program]
) -> None:
    adas = play("Ada")
    window(display, "Ada", 1)
    graces = play("Grace")
    window(display, "Grace", 2)
    bob = AsyncioMover(server.address(), "Bob")
    with Program(STARTER, "127.0.0.1", str(server.starter_port), "--log", DISPLAY=display) as alans:
        ada, grace, alan = (window(display, name, 4) for name in ("Ada", "Grace", "Alan"))
        ada.move(10, 10)
        grace.move(450, 10)
        alan.move(10, 450)

        ada.press("Right", "Right")
        grace.press("Down", "Down", "Down")
        alan.press("Left", "Up", "Up", "Up", "Up")
        bob.do(lambda: bob.room.send("move", 60, 60))

        for program in adas, graces, alans:
            program.line("Ada is at 220 200")
            program.line("Grace is at 200 230")
            program.line("Alan is at 190 160")
            program.line("Bob is at 260 260")
        for each in ada, grace, alan:
            each.wait_to_see(230, 200, ADA)  # beside its middle, where Alan's name stands
            each.wait_to_see(200, 235, GRACE)
            each.wait_to_see(190, 160, ALAN)
            each.wait_to_see(260, 260, BOB)
        wait_for(lambda: len(bob.saw) == 11, what="the asyncio player has seen all moves")
        for name, dx, dy in ("Ada", 20, 0), ("Grace", 0, 30), ("Alan", -10, -40), ("Bob", 60, 60):
            steps = [step for step in bob.saw if step[0] == name]
            assert (sum(dx for _, dx, _ in steps), sum(dy for _, _, dy in steps)) == (dx, dy)

        alan.close()
        assert alans.wait() == 0
        for name in "Ada", "Grace":
            window(display, name, 3)
    bob.leave()


def test_a_late_window_shows_dots_where_they_are(display: str, play: Callable[[str], Program]) -> None:
    play("Ada")
    ada = window(display, "Ada", 1)
    ada.press("Right", "Right", "Right", "Down")
    ada.wait_to_see(230, 210, ADA)
    late = play("Grace")
    grace = window(display, "Grace", 2)
    late.line("Ada is at 230 210")
    grace.move(500, 10)
    grace.wait_to_see(230, 210, ADA)
    assert late.all_lines("Ada is at ") == ["230 210"]


def test_a_window_that_opens_in_the_middle_of_moves_comes_to_the_same_places(
    display: str, play: Callable[[str], Program]
) -> None:
    adas = play("Ada")
    ada = window(display, "Ada", 1)
    late = [play("Grace"), play("Alan")]
    for _ in range(20):
        ada.press("Right", "Down", "Right")
    for program in adas, *late:
        program.line("Ada is at 200 0")  # 400 to the right, 200 down


def test_closing_the_window_leaves_at_once(display: str, play: Callable[[str], Program]) -> None:
    adas = play("Ada")
    ada = window(display, "Ada", 1)
    play("Grace")
    window(display, "Grace", 2)
    ada.close()
    assert adas.wait() == 0
    window(display, "Grace", 1)
    assert not any(line.startswith("Traceback") for line in adas.lines)


def test_ctrl_c_leaves_at_once_and_without_a_word(display: str, play: Callable[[str], Program]) -> None:
    adas = play("Ada")
    window(display, "Ada", 1)
    play("Grace")
    window(display, "Grace", 2)
    adas.signal(signal.SIGINT)
    assert adas.wait() == 0
    window(display, "Grace", 1)
    assert all(" is at " in line for line in adas.lines)


def test_without_a_server_it_says_what_to_do(display: str, unused_port: int) -> None:
    with Program(GAME, f"127.0.0.1:{unused_port}/dots", DISPLAY=display) as game:
        game.line(f"no server answers at 127.0.0.1:{unused_port}: start one with 'roomcast serve'")
        assert game.wait() == 1
        assert len(game.lines) == 1


def test_when_the_server_starts_again_the_windows_agree_again(
    display: str, server: RunningServer, start_server: Callable[..., RunningServer], play: Callable[[str], Program]
) -> None:
    adas, graces = play("Ada"), play("Grace")
    ada, grace = window(display, "Ada", 2), window(display, "Grace", 2)
    grace.move(500, 10)
    ada.press("Right", "Right")
    graces.line("Ada is at 220 200")
    server.stop()
    gone = "dots: the program that hosted this room has ended"
    wait_for(lambda: ada.title == grace.title == gone, what="both windows say so")
    ada.press("Down")  # while there is no server: it goes out later
    start_server(port=server.port)
    window(display, "Ada", 2)
    window(display, "Grace", 2)
    ada.press("Down")
    for program in adas, graces:
        program.line("Ada is at 220 220")
    grace.wait_to_see(220, 220, ADA)
    grace.wait_to_see(200, 200, GRACE)


def test_a_bad_call_of_a_stranger_does_not_stop_the_game(
    display: str, server: RunningServer, play: Callable[[str], Program]
) -> None:
    program = play("Ada")
    ada = window(display, "Ada", 1)
    with roomcast.join(server.address(), name="Grace") as stranger:
        _nonsense(stranger)
        program.line('from Grace: move("far") does not fit move(dx: int, dy: int)')
    ada.press("Right")
    program.line("Ada is at 210 200")


def _nonsense(room: Room) -> None:
    room.send("move", "far")
    room.send("dance")
    room.me["hat"] = "red"
