"""Rooms with rules for old programs: the programs are as they were, and know nothing of the rooms."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from roomcast import join
from tests.cli.roomcast_program import ANYWHERE, Roomcast
from tests.plain_player import PlainPlayer
from tests.programs import EXAMPLES, TOP, Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(15)

ROOMS = EXAMPLES / "starter" / "rooms"
DOTS = EXAMPLES / "starter" / "dots_client.py"
OLD = TOP / "tests" / "integration" / "old_programs"

Serve = Callable[..., Roomcast]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve("echo.py") → a server with these rules."""
    with ExitStack() as stack:
        yield lambda rules, *flags: stack.enter_context(Roomcast("serve", str(ROOMS / rules), *ANYWHERE, *flags))


@pytest.fixture
def come() -> Iterator[Callable[[Roomcast], PlainPlayer]]:
    """come(server) → one more player, who has been greeted."""
    with ExitStack() as stack:

        def come(server: Roomcast) -> PlainPlayer:
            player = stack.enter_context(PlainPlayer(server.starter_port))
            player.meet()
            return player

        yield come


@pytest.fixture
def play() -> Iterator[Callable[..., Program]]:
    """play(FILE, server) → an old program, whose lines are typed."""
    with ExitStack() as stack:
        yield lambda file, server, *more, **environment: stack.enter_context(
            Program(file, *more, str(server.starter_port), typed=True, **environment)
        )


def has_printed(program: Program, *lines: str) -> None:
    wait_for(lambda: program.lines == list(lines), what=f"{lines} are printed, not {program.lines}")


def refused(server: Roomcast) -> str:
    """What one hears who is not let in, before the connection ends."""
    with PlainPlayer(server.starter_port) as player:
        heard = player.hear()
        with pytest.raises(AssertionError, match="the connection was closed"):
            player.hear()
    return heard


# ---------------------------------------------------------------------- the five rooms


def test_greeting_tells_a_newcomer_where_the_others_are(serve: Serve, come: Callable[..., PlainPlayer]) -> None:
    server = serve("greeting.py")
    ada, alan = come(server), come(server)
    assert ada.hear() == "newPlayer Alan"
    ada.say("move 10 0")
    ada.say("move 10 -10")
    assert [alan.hear(), alan.hear()] == ["move Ada 10 0", "move Ada 10 -10"]
    with PlainPlayer(server.starter_port) as barbara:
        assert barbara.meet() == ["Ada", "Alan"]
        assert barbara.hear() == "move Ada 20 -10"
        alan.say("move 0 5")
        assert barbara.hear() == "move Alan 0 5", "Alan had not moved before"
        assert [ada.hear(), ada.hear()] == ["newPlayer Barbara", "move Alan 0 5"], "her own moves came back to nobody"


def test_the_windows_of_the_first_game_agree_though_one_came_late(
    serve: Serve, play: Callable[..., Program], display: str
) -> None:
    server = serve("greeting.py")
    first = play(DOTS, server, "--log", "127.0.0.1", DISPLAY=display)
    first.line("Ada is at 200 200")
    ada = Window.titled(display, r"^dots: Ada \(1 here\)$")
    ada.press("Right", "Right", "Up")
    first.line("Ada is at 220 190")
    with join(f"127.0.0.1:{server.port}/greeting", name="Page") as page:  # sees that the room has all three
        wait_for(lambda: page.pump(wait=0.1) < 0 or page.players["Ada"].get("y") == 190)
    late = play(DOTS, server, "--log", "127.0.0.1", DISPLAY=display)
    late.line("Ada is at 220 190")


def test_echo_tells_everyone_the_sender_too_and_no_thing_twice(serve: Serve, play: Callable[..., Program]) -> None:
    server = serve("echo.py")
    ada = play(OLD / "echo_client.py", server)
    has_printed(ada, "I am Ada")
    ada.type("add eggs")
    has_printed(ada, "I am Ada", "list: eggs")
    alan = play(OLD / "echo_client.py", server)
    has_printed(alan, "I am Alan", "list: eggs")
    alan.type("add eggs")
    alan.type("add milk")
    has_printed(alan, "I am Alan", "list: eggs", "list: eggs milk")
    has_printed(ada, "I am Ada", "list: eggs", "list: eggs milk")


def test_echo_tells_why_not_where_the_port_has_a_word_for_it(serve: Serve, come: Callable[..., PlainPlayer]) -> None:
    ada = come(serve("echo.py", "--starter-dialect", "refused=sorry"))
    ada.say("add eggs")
    ada.say("add eggs")
    ada.say("remove eggs")
    assert [ada.hear() for _ in range(3)] == [
        "add Ada eggs",
        "sorry eggs is on the list already",
        "sorry this room has no command 'remove'",
    ]


def test_the_referee_sends_back_who_has_moved_too_far(serve: Serve, come: Callable[..., PlainPlayer]) -> None:
    server = serve("referee.py")
    ada, alan = come(server), come(server)
    assert ada.hear() == "newPlayer Alan"
    ada.say("move 50 0")
    ada.say("move ten 0")  # is no number, and no move
    ada.say("move 10 0")
    assert ada.hear() == "move Ada -50 0", "her own program has moved by 50, and moves back"
    assert alan.hear() == "move Ada 10 0", "the others have seen nothing of it"
    for _ in range(20):
        ada.say("move 10 0")
    assert ada.hear() == "move Ada -10 0", "at the edge of the board"
    with join(f"127.0.0.1:{server.port}/referee", name="Page") as page:
        assert dict(page.players["Ada"]) == {"x": 390, "y": 200}


def test_the_first_games_window_is_put_back(serve: Serve, play: Callable[..., Program], display: str) -> None:
    server = serve("referee.py")
    game = play(DOTS, server, "--log", "127.0.0.1", DISPLAY=display)
    game.line("Ada is at 200 200")
    window = Window.titled(display, r"^dots: Ada \(1 here\)$")
    for place in range(210, 400, 10):
        window.press("Right")
        game.line(f"Ada is at {place} 200")
    window.press("Right")  # in this program, who walks off one side comes back on the other
    wait_for(lambda: game.all_lines("Ada is at")[-2:] == [" 0 200", " 390 200"], what="back to the edge")


def test_the_race_begins_when_all_three_are_there(serve: Serve, play: Callable[..., Program]) -> None:
    server = serve("race.py", "--starter-dialect", "refused=sorry")
    programs = []
    for name in ("Ada", "Alan", "Barbara"):
        programs.append(play(OLD / "waiting_client.py", server))
        server_has(server, "race", len(programs))
        if name == "Ada":
            with PlainPlayer(server.starter_port) as early:
                early.meet()
                early.say("run 5")
                assert early.hear() == "sorry wait for the start"
            server_has(server, "race", 1)
    for program, others in zip(programs, ("Alan Alan Barbara", "Ada Barbara", "Ada Alan"), strict=True):
        wait_for(lambda: len(program.lines) == 2, what="it begins")  # noqa: B023
        assert program.lines[0] == "waiting for the others"
        assert program.lines[1].endswith(f" against {others}")
    assert refused(server) == "error server the room 'race' is full: 3 of 3 that its rules let in (max_players)"
    programs[2].type("run 5")
    for program in programs[:2]:
        program.line("heard run Barbara 5")
    assert len(programs[2].lines) == 2


def test_nobody_comes_in_once_it_has_begun_until_all_have_gone(serve: Serve, come: Callable[..., PlainPlayer]) -> None:
    server = serve("too_late.py")
    ada, alan = come(server), come(server)
    assert ada.hear() == "newPlayer Alan"
    alan.say("begin")
    assert [ada.hear(), alan.hear()] == ["start", "start"]
    assert refused(server) == "error server too late: the game has begun"
    alan.say("begin")
    ada.close()
    alan.close()

    def free() -> bool:
        with PlainPlayer(server.starter_port) as one:
            return one.hear() == "myIDis Ada "

    wait_for(free)


def server_has(server: Roomcast, room: str, count: int) -> None:
    """Until so many players are in the room."""

    def counted() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/rooms.json", timeout=10) as answer:
            rooms = {one["name"]: one for one in json.load(answer)["rooms"]}
        return room in rooms and len(rooms[room]["players"]) == count

    wait_for(counted, what=f"{count} players in {room!r}")


# ---------------------------------------------------------------------- where they play


def test_old_programs_play_in_the_one_room_that_has_rules_or_where_they_are_told(serve: Serve) -> None:
    server = serve("too_late.py")
    assert server.line("  Starter clients").startswith(" (late)")
    told = serve("echo.py", "--starter-room", "dots")
    assert told.line("  Starter clients").startswith(" (dots)")


def test_each_room_is_short() -> None:
    files = list(ROOMS.glob("*.py"))
    assert len(files) == 5
    for path in files:
        code = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        assert len(code) <= 32, path
