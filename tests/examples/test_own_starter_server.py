"""The server to be changed, and each change that docs/how-to/own-starter-server.md shows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.plain_player import PlainPlayer
from tests.programs import EXAMPLES, Program
from tests.windows import Window

SERVERS = EXAMPLES / "own_starter_server"

Connect = Callable[[], PlainPlayer]
Serve = Callable[[str], Connect]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve("server.py") → a function that connects another player."""
    with ExitStack() as stack:

        def start(script: str) -> Connect:
            server = stack.enter_context(Program(SERVERS / script, "0"))
            port = int(server.line("Listening on port "))
            return lambda: stack.enter_context(PlainPlayer(port))

        yield start


def test_it_speaks_the_starter_protocol(serve: Serve) -> None:
    connect = serve("server.py")
    first, second = connect(), connect()
    assert first.hear() == "myIDis Player1 "
    assert [second.hear() for _ in range(2)] == ["newPlayer Player1", "myIDis Player2 "]
    assert first.hear() == "newPlayer Player2"
    for piece in (b"mo", b"ve 5 0\n\n \nsay \xff", b"\nju", b"mp\n"):
        first.send(piece)
    assert [second.hear() for _ in range(3)] == ["move Player1 5 0", "say Player1 \ufffd", "jump Player1"]
    second.say("move 0 5")
    assert first.hear() == "move Player2 0 5"


def test_the_others_play_on_when_one_vanishes_or_never_ends_a_line(serve: Serve) -> None:
    connect = serve("server.py")
    first, second, third = connect(), connect(), connect()
    first.meet()
    assert [first.hear(), first.hear()] == ["newPlayer Player2", "newPlayer Player3"]
    second.vanish()
    third.meet()
    third.send(b"x" * 200_000)
    fourth = connect()
    while fourth.meet() != ["Player1"]:  # the server may not have noticed yet
        fourth.close()
        fourth = connect()
    fourth.say("hello")
    while (heard := first.hear()).startswith("newPlayer"):
        pass
    assert heard == f"hello {fourth.id}"


def test_the_starter_client_plays_on_it(display: str) -> None:
    with Program(SERVERS / "server.py", "0") as server:
        port = server.line("Listening on port ")
        game = EXAMPLES / "starter" / "dots_client.py"
        with (
            Program(game, "127.0.0.1", port, "--log", DISPLAY=display) as one,
            Program(game, "127.0.0.1", port, "--log", DISPLAY=display) as two,
        ):
            window = Window.titled(display, r"^dots: Player1 \(2 here\)$")
            window.press("Right", "Up")
            for program in one, two:
                program.line("Player1 is at 210 190")


def test_it_says_who_has_left(serve: Serve) -> None:
    connect = serve("with_goodbyes.py")
    first, second = connect(), connect()
    first.meet()
    assert first.hear() == "newPlayer Player2"
    second.close()
    assert first.hear() == "playerLeft Player2"


def test_newcomers_see_where_everyone_is(serve: Serve) -> None:
    connect = serve("with_places.py")
    first, second = connect(), connect()
    second.meet()
    for step in ("30 0", "0 -10"):
        first.say(f"move {step}")
        assert second.hear() == f"move Player1 {step}"
    third = connect()
    assert [third.hear() for _ in range(3)] == [
        "newPlayer Player1 230 190",
        "newPlayer Player2 200 200",
        "myIDis Player3 ",
    ]
    assert second.hear() == "newPlayer Player3 200 200"


def test_the_server_decides_who_was_first(serve: Serve) -> None:
    connect = serve("with_a_rule.py")
    first, second = connect(), connect()
    first.meet()
    second.meet()
    assert first.hear() == "newPlayer Player2"
    first.say("buzz")
    second.say("buzz")
    winner = first.hear()
    assert winner in ("winner Player1", "winner Player2")
    assert second.hear() == winner
    second.say("again")
    assert first.hear() == "again Player2"
    second.say("buzz")
    assert first.hear() == second.hear() == "winner Player2"


def test_it_speaks_another_way(serve: Serve) -> None:
    connect = serve("with_commas.py")
    first = connect()
    assert first.hear() == "myIDis,Player1"
    second = connect()
    assert [second.hear() for _ in range(2)] == ["newPlayer,Player1", "myIDis,Player2"]
    first.say("")
    first.say("say,hello you,5")
    assert second.hear() == "say,Player1,hello you,5"
