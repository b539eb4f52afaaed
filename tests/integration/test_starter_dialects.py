"""Old programs in every dialect: against their own server, and unchanged against `roomcast serve` with a setting.

What the clients print must be the same both times. The programs are in `old_programs/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import roomcast
from roomcast import Room
from tests.cli.roomcast_program import ANYWHERE, Roomcast, said
from tests.integration.rooms import notes, pump_until
from tests.programs import Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(12)

OLD = Path(__file__).parent / "old_programs"
PATIENCE = 30.0  # seconds, on a machine that is busy with other things

Serve = Callable[..., int]
Play = Callable[..., Program]


@pytest.fixture(params=["own server", "roomcast serve"])
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """serve("echo_server.py", "--starter-dialect", "echo") → the port of one or the other."""
    with ExitStack() as stack:

        def start(script: str, *settings: str) -> int:
            if request.param == "own server":
                own = stack.enter_context(Program(OLD / script, "0"))
                return int(own.line("looking for connections on ", within=PATIENCE))
            return stack.enter_context(Roomcast("serve", *ANYWHERE, *settings)).starter_port

        yield start


@pytest.fixture
def play() -> Iterator[Play]:
    """play("echo_client.py", port) → a client, whose lines are typed."""
    with ExitStack() as stack:
        yield lambda script, port, *more, **environment: stack.enter_context(
            Program(OLD / script, str(port), *more, typed=True, **environment)
        )


def wait_to_print(program: Program, *lines: str) -> None:
    """Until a program has printed just these lines."""
    wait_for(lambda: program.lines == list(lines), PATIENCE, f"{lines} are printed, not {program.lines}")


def test_a_word_after_ones_id(serve: Serve, play: Play) -> None:
    port = serve("colours_server.py", "--names", "A,B,C", "--starter-dialect", "myIDis=red/blue/green")
    first = play("colours_client.py", port)
    wait_to_print(first, "I am A and paint in red")
    second = play("colours_client.py", port)
    wait_to_print(second, "heard newPlayer A", "I am B and paint in blue")
    first.type("paint 5 0")
    second.type("undo")
    wait_to_print(second, "heard newPlayer A", "I am B and paint in blue", "heard paint A 5 0")
    wait_to_print(first, "I am A and paint in red", "heard newPlayer B", "heard undo B")


def test_senders_hear_themselves(serve: Serve, play: Play) -> None:
    port = serve("echo_server.py", "--starter-dialect", "echo")
    ada = play("echo_client.py", port)
    wait_to_print(ada, "I am Ada")
    alan = play("echo_client.py", port)
    wait_to_print(alan, "I am Alan")
    for who, thing, now in ((ada, "eggs", "eggs"), (alan, "milk", "eggs milk"), (ada, "tea", "eggs milk tea")):
        who.type(f"add {thing}")
        for player in ada, alan:
            wait_for(lambda player=player, now=now: player.lines[-1] == f"list: {now}", PATIENCE, f"list: {now}")
    assert ada.lines[1:] == alan.lines[1:]


def test_all_begin_when_three_are_there(serve: Serve, play: Play) -> None:
    port = serve("waiting_server.py", "--starter-dialect", "wait=3 start")
    players = []
    for _ in range(3):
        assert all(player.lines == ["waiting for the others"] for player in players)
        players.append(play("waiting_client.py", port))
        players[-1].line("waiting")
    ada, alan, barbara = players
    ada.type("run 10")  # which of them is Ada, the order of connecting says
    wait_to_print(ada, "waiting for the others", "Ada against Alan Barbara")
    wait_to_print(alan, "waiting for the others", "Alan against Ada Barbara", "heard run Ada 10")
    wait_to_print(barbara, "waiting for the others", "Barbara against Ada Alan", "heard run Ada 10")


def test_lines_do_not_end(serve: Serve, play: Play) -> None:
    port = serve("unended_server.py", "--starter-dialect", "unended,no-newPlayer")
    ada = play("unended_client.py", port)
    wait_to_print(ada, "I am Ada")
    alan = play("unended_client.py", port)
    wait_to_print(alan, "I am Alan")
    for number in range(3):
        ada.type(f"move {number} 0")
        wait_to_print(alan, "I am Alan", *(f"heard move Ada {n} 0" for n in range(number + 1)))
    alan.type("say é 🎲")
    wait_to_print(ada, "I am Ada", "heard say Alan é 🎲")


def test_ids_that_the_program_looks_for(serve: Serve, play: Play) -> None:
    port = serve("numbered_names_server.py", "--names", "player1,player2")
    left = play("numbered_names_client.py", port)
    wait_to_print(left, "my paddle is on the left")
    right = play("numbered_names_client.py", port)
    wait_to_print(right, "a paddle on the left", "my paddle is on the right")
    left.type("paddle 70")
    wait_to_print(right, "a paddle on the left", "my paddle is on the right", "the left paddle is at 70")
    wait_to_print(left, "my paddle is on the left", "a paddle on the right")


def test_windows_of_the_older_edition(serve: Serve, play: Play, display: str) -> None:
    port = serve("older_server.py", "--starter-dialect", "older")
    one = play("older_dots.py", port, "one", DISPLAY=display)
    one.line("ready", within=PATIENCE)
    two = play("older_dots.py", port, "two", DISPLAY=display)
    two.line("ready", within=PATIENCE)
    wait_to_print(one, "ready", "stranger 1 is at 100 100")
    first, second = Window.titled(display, "^one$"), Window.titled(display, "^two$")
    first.move(10, 10)
    second.move(510, 10)
    first.press("Right", "Right", "Down")
    second.press("Up")
    wait_to_print(one, "ready", "stranger 1 is at 100 100", *own(210, 220, 220, down=210), "stranger 1 is at 100 90")
    steps = ("stranger 0 is at 110 100", "stranger 0 is at 120 100", "stranger 0 is at 120 110")
    wait_for(lambda: [line for line in two.lines if line.startswith("str")][1:] == list(steps), PATIENCE, f"{steps}")
    first.wait_to_see(100, 90, "tomato")
    second.wait_to_see(120, 110, "tomato")


def own(first: int, second: int, third: int, *, down: int) -> list[str]:
    return [f"I am at {first} 200", f"I am at {second} 200", f"I am at {third} {down}"]


def test_windows_of_the_tutorial(serve: Serve, play: Play, display: str) -> None:
    port = serve("tutorial_server.py", "--starter-dialect", "playerMoved")
    adas = play("tutorial_dots.py", port, DISPLAY=display)
    adas.line("Ada is at 200 200", within=PATIENCE)
    alans = play("tutorial_dots.py", port, DISPLAY=display)
    alans.line("Alan is at 200 200", within=PATIENCE)
    adas.line("Alan is at 200 200", within=PATIENCE)
    ada, alan = Window.titled(display, "^dots of Ada$"), Window.titled(display, "^dots of Alan$")
    ada.move(10, 10)
    alan.move(510, 10)
    ada.press("Right", "Right", "Up")
    alans.line("Ada is at 220 190", within=PATIENCE)
    alan.press("Left")
    for program in adas, alans:
        program.line("Ada is at 220 190", within=PATIENCE)
        program.line("Alan is at 190 200", within=PATIENCE)
    for who in "Ada", "Alan":
        assert adas.all_lines(f"{who} is") == alans.all_lines(f"{who} is")
    ada.wait_to_see(185, 200, "royal blue")  # Alan's


# ---------------------------------------------------------------- among players of today


@pytest.fixture
def red() -> Iterator[Callable[[Roomcast], Room]]:
    """red(server) → a Python player in the room of the old programs."""
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(roomcast.join(f"127.0.0.1:{server.port}/dots", name="red"))


def test_a_window_of_the_older_edition_and_a_python_player_see_each_other_move(
    display: str, play: Play, red: Callable[[Roomcast], Room]
) -> None:
    with Roomcast("serve", *ANYWHERE, "--starter-dialect", "older") as server:
        room = red(server)
        moves = notes(room, "move")
        old = play("older_dots.py", server.starter_port, "old", DISPLAY=display)
        old.line("ready", within=PATIENCE)
        stranger = old.line("stranger ", within=PATIENCE).split()[0]
        Window.titled(display, "^old$").press("Right")
        pump_until(lambda: moves, room, within=PATIENCE)
        assert moves == [("move", "0", "10", "0")]
        room.send("move", 5, -5)
        old.line(f"stranger {stranger} is at 105 95", within=PATIENCE)


def test_the_setting_may_stand_in_the_environment_and_in_a_file(tmp_path: Path, play: Play) -> None:
    file = tmp_path / "roomcast.toml"
    file.write_text('starter-dialect = ["echo", "myIDis=red"]\nnames = ["A"]\n', encoding="utf-8")
    for settings, environment, words in (
        ((), {"ROOMCAST_STARTER_DIALECT": "echo,myIDis=blue", "ROOMCAST_NAMES": "A"}, "echo,myIDis=blue"),
        (("--config", str(file)), {}, "echo,myIDis=red"),
    ):
        with Roomcast("serve", *ANYWHERE, *settings, **environment) as server:
            client = play("colours_client.py", server.starter_port)
            colour = words.partition("=")[2]
            client.type("paint 1 1")
            wait_to_print(client, f"I am A and paint in {colour}", "heard paint A 1 1")
            assert server.line("  Starter clients (dots; dialect: ").startswith(f"{words})")


def test_a_dialect_that_is_none_is_said_in_one_sentence() -> None:
    code, sentence = said("serve", "--starter-dialect", "oldr")
    assert code == 2
    assert sentence.startswith("roomcast: --starter-dialect: no dialect has 'oldr': perhaps older? (help: ")
    assert len(sentence.splitlines()) == 1


def test_a_hosted_room_may_have_a_dialect() -> None:
    with roomcast.host(
        "party", port=0, bind="127.0.0.1", starter_port=0, starter_dialect="older", announce=False, quiet=True
    ) as room:
        assert room.hosted.server.starter_dialect == "older"
    with pytest.raises(roomcast.CannotServe, match="--starter-dialect: no dialect has 'x'"):
        roomcast.host("party", port=0, bind="127.0.0.1", starter_dialect="x", announce=False, quiet=True)
