"""The chat in the terminal: real programs, whose keyboard is a pipe."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.integration.conftest import RunningServer
from tests.plain_player import PlainPlayer
from tests.programs import EXAMPLES, Program

CHAT = EXAMPLES / "chat.py"


@pytest.fixture
def chat(server: RunningServer) -> Iterator[Callable[[str], Program]]:
    """chat("Ada") → her program, when it has come in."""
    with ExitStack() as stack:

        def start(name: str) -> Program:
            program = stack.enter_context(Program(CHAT, server.address("dots"), name, typed=True))
            program.line(f"* {name} is here")
            return program

        yield start


def test_what_one_types_everyone_reads_in_one_order(chat: Callable[[str], Program]) -> None:
    ada, grace = chat("Ada"), chat("Grace")
    ada.line("* Grace is here")
    grace.line("* Ada is here")
    ada.type("Hello   Grace, how are you?")
    grace.line("Ada: Hello Grace, how are you?")
    grace.type("")
    grace.type("Grüße 🐢")
    ada.line("Grace: Grüße 🐢")
    for number in range(10):
        ada.type(f"a {number}")
        grace.type(f"g {number}")
    for program in ada, grace:
        program.line("Ada: a 9")
        program.line("Grace: g 9")
    said = [[line for line in program.lines if ": " in line] for program in (ada, grace)]
    assert said[0] == said[1]
    assert len(said[0]) == 22


def test_a_starter_client_chats_along(chat: Callable[[str], Program], server: RunningServer) -> None:
    grace = chat("Grace")
    with PlainPlayer(server.starter_port or 0) as ada:
        assert ada.meet() == ["Grace"]
        ada.say("say hello all of you")
        grace.line("Ada: hello all of you")
        grace.type("hello Ada")
        assert ada.hear() == "say Grace hello Ada"


def test_at_the_end_of_its_input_all_is_said_and_it_leaves(chat: Callable[[str], Program]) -> None:
    ada, grace = chat("Ada"), chat("Grace")
    for number in range(20):
        ada.type(str(number))
    ada.end_input()
    assert ada.wait() == 0
    grace.line("* Ada has left")
    assert grace.all_lines("Ada: ") == [str(number) for number in range(20)]
    assert ada.all_lines("Ada: ") == grace.all_lines("Ada: ")  # its own came back before it left
    assert not any(line.startswith(("Traceback", "!")) for line in ada.lines)


def test_ctrl_c_leaves_without_a_word(chat: Callable[[str], Program]) -> None:
    ada, grace = chat("Ada"), chat("Grace")
    ada.line("* Grace is here")
    ada.signal(signal.SIGINT)
    assert ada.wait() == 0
    grace.line("* Ada has left")
    assert ada.lines == ["* Ada is here", "* Grace is here"]


def test_it_says_when_the_server_has_gone(chat: Callable[[str], Program], server: RunningServer) -> None:
    ada = chat("Ada")
    server.stop()
    ada.line("! the program that hosted this room has ended")


def test_without_a_server_it_says_what_to_do(unused_port: int) -> None:
    with Program(CHAT, f"127.0.0.1:{unused_port}/chat") as program:
        program.line(f"no server answers at 127.0.0.1:{unused_port}: start one with 'roomcast serve'")
        assert program.wait() == 1
        assert len(program.lines) == 1


def test_alone_it_goes_to_the_room_chat_of_the_server_that_the_environment_names(server: RunningServer) -> None:
    with Program(CHAT, typed=True, ROOMCAST_SERVER=f"127.0.0.1:{server.port}") as program:
        program.line("* player is here")
        assert list(server.ask(lambda: dict(server.directory.rooms))) == ["chat"]
