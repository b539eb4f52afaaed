"""The beginner's way: the plain-socket server and the dots game that plays on it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.plain_player import PlainPlayer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window, picture

SERVER = EXAMPLES / "starter" / "server.py"
CLIENT = EXAMPLES / "starter" / "dots_client.py"


@pytest.fixture
def server() -> Iterator[Program]:
    with Program(SERVER, "0") as program:
        yield program


@pytest.fixture
def port(server: Program) -> int:
    return int(server.line("Listening on port "))


@pytest.fixture
def ada(port: int) -> Iterator[PlainPlayer]:
    with PlainPlayer(port) as player:
        assert player.hear() == "myIDis Ada "
        yield player


@pytest.fixture
def grace(ada: PlainPlayer, port: int) -> Iterator[PlainPlayer]:
    with PlainPlayer(port) as player:
        assert player.hear() == "newPlayer Ada"
        assert player.hear() == "myIDis Grace "
        assert ada.hear() == "newPlayer Grace"
        yield player


def test_a_newcomer_hears_of_everyone_there_and_everyone_there_of_the_newcomer(
    ada: PlainPlayer, grace: PlainPlayer, port: int
) -> None:
    with PlainPlayer(port) as alan:
        assert alan.meet() == ["Ada", "Grace"]
        assert alan.id == "Alan"
    assert ada.hear() == "newPlayer Alan"
    assert grace.hear() == "newPlayer Alan"


def test_a_message_goes_to_all_but_its_sender_and_says_who_sent_it(ada: PlainPlayer, grace: PlainPlayer) -> None:
    ada.say("move 5 0")
    ada.say("jump")
    assert grace.hear() == "move Ada 5 0"
    assert grace.hear() == "jump Ada"
    grace.say("move 0 -5")
    assert ada.hear() == "move Grace 0 -5"  # the first thing Ada hears: her own came back to nobody


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1000])
def test_messages_may_arrive_cut_or_joined_anyhow(ada: PlainPlayer, grace: PlainPlayer, size: int) -> None:
    said = "say é\nmove 1 2\n\nsay 🐢 hello\n".encode()
    for start in range(0, len(said), size):
        ada.send(said[start : start + size])
    assert [grace.hear() for _ in range(3)] == ["say Ada é", "move Ada 1 2", "say Ada 🐢 hello"]


def test_bytes_that_are_no_text_harm_nobody(ada: PlainPlayer, grace: PlainPlayer) -> None:
    ada.send(b"say \xff\xfe\nmove 1 0\n")
    assert grace.hear() == "say Ada \ufffd\ufffd"
    assert grace.hear() == "move Ada 1 0"


def test_there_may_be_more_players_than_names(port: int) -> None:
    with ExitStack() as room:
        players = [room.enter_context(PlainPlayer(port)) for _ in range(11)]
        for player in players:
            player.meet()
        assert [player.id for player in players[7:]] == ["Niklaus", "Player9", "Player10", "Player11"]


def test_the_others_play_on_when_one_vanishes(server: Program, ada: PlainPlayer, grace: PlainPlayer) -> None:
    ada.send(b"move 5")  # in the middle of a line, too
    ada.vanish()
    assert server.line("Ada ") == "joined"
    assert server.line("Ada left") == ""
    with PlainPlayer(int(server.line("Listening on port "))) as alan:
        assert alan.meet() == ["Grace"]
        alan.say("move 1 1")
        assert grace.hear() == "newPlayer Alan"
        assert grace.hear() == "move Alan 1 1"


def test_a_port_that_is_taken_is_said_in_one_sentence(port: int) -> None:
    with Program(SERVER, str(port)) as second:
        second.line("The server cannot run: ")
        assert second.wait() == 1
        assert len(second.lines) == 1


def test_keys_in_one_window_move_the_dot_in_the_other(display: str, port: int, tmp_path: Path) -> None:
    def game() -> Program:
        return Program(CLIENT, "127.0.0.1", str(port), "--log", DISPLAY=display)

    with game() as adas:
        adas.line("Ada is at 200 200")
        with game() as graces:
            graces.line("Grace is at 200 200")
            adas.line("Grace is at 200 200")
            ada = Window.titled(display, r"^dots: Ada \(2 here\)$")
            grace = Window.titled(display, r"^dots: Grace \(2 here\)$")
            ada.move(10, 10)
            grace.move(510, 10)

            ada.press("Right", "Right", "Right", "Right", "Right", "Up")
            graces.line("Ada is at 250 190")
            grace.press("Down", "Down", "Down", "Left")
            for program in adas, graces:
                program.line("Ada is at 250 190")
                program.line("Grace is at 190 230")

            # Each program went through the same places: its own moves early, the other's later.
            for player in "Ada", "Grace":
                assert adas.all_lines(f"{player} is at") == graces.all_lines(f"{player} is at")
            for window in ada, grace:
                window.wait_to_see(250, 190, "sienna")  # Ada's
                window.wait_to_see(190, 230, "forest green")  # Grace's
            picture(display).save(tmp_path / "two-windows.png")  # for whoever wants to look


def test_a_window_says_when_the_server_has_gone(display: str, server: Program, port: int) -> None:
    with Program(CLIENT, "127.0.0.1", str(port), DISPLAY=display):
        window = Window.titled(display, "^dots: Ada")
        server.stop()
        wait_for(lambda: window.title == "dots: the server has gone", what="the title says so")


def test_without_a_server_the_game_says_what_to_do(display: str, unused_port: int) -> None:
    with Program(CLIENT, "127.0.0.1", str(unused_port), DISPLAY=display) as game:
        said = game.line(f"No server at 127.0.0.1, port {unused_port}")
        assert said.endswith("Start one: python server.py")
        assert game.wait() == 1
