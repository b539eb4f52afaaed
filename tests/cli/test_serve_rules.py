"""`roomcast serve game.py`: which rooms have its rules, and what becomes of them when the file changes."""

import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

import roomcast
from tests.cli.roomcast_program import ANYWHERE, Roomcast
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(6)


RELOADED = """
from roomcast.server import Room
class Chess(Room):
    def on_move(self, player, far: int):
        return ["{word}", far {more}]
"""


def test_rules_change_while_twenty_play_and_what_does_not_load_changes_nothing(tmp_path: Path) -> None:
    rules = tmp_path / "chess.py"
    rules.write_text(RELOADED.format(word="old", more=""))
    with Roomcast("serve", *ANYWHERE, "--reload", str(rules)) as server, ExitStack() as stack:
        where = f"127.0.0.1:{server.port}/chess"
        players = [stack.enter_context(roomcast.join(where, name=f"p{number}")) for number in range(20)]
        ended: list[object] = []
        for player in players:
            for event in "offline", "lost", "skipped", "closed":
                player.on(event)(lambda *why: ended.append(why))  # type: ignore[call-overload]

        def answers() -> set[str]:
            asked = [player.ask("move", 5) for player in players]
            found = {answer.result(20.0)[0] for answer in asked}
            for player in players:
                player.pump()
            return found

        assert answers() == {"old"}
        rules.write_text(RELOADED.format(word="new", more=""))
        wait_for(lambda: answers() == {"new"}, what="the new rules are in force")
        assert server.line("chess.py has changed: its rules are in force, also in 1 open room") == "."
        rules.write_text(RELOADED.format(word="wrong", more="("))
        assert server.line(f"{rules} does not load: line 5: ").endswith("The rules of before stay in force.")
        assert answers() == {"new"}
        rules.write_text(RELOADED.format(word="newest", more=", 1"))
        wait_for(lambda: answers() == {"newest"}, what="the newest rules are in force")
        assert len(players[0].players) == 20
        assert ended == []


def test_with_only_rules_there_are_no_other_rooms(tmp_path: Path) -> None:
    rules = tmp_path / "chess.py"
    rules.write_text("from roomcast.server import Room\nclass Chess(Room): ...\n")
    with Roomcast("serve", *ANYWHERE, "--only-rules", str(rules)) as server:
        assert f"127.0.0.1:{server.port}/chess" in server.line("  On this computer")
        assert len(server.line("  Room code (chess)").strip()) == 4
        assert server.line("  Watch a room").strip().endswith("/watch/chess")
        for name in "chess", "chess-7":
            with roomcast.join(f"127.0.0.1:{server.port}/{name}", name="Ada") as room:
                assert room.name == name
        why = "has the rooms chess and chess-… alone, and none called 'dots'"
        with pytest.raises(roomcast.CannotConnect, match=why):
            roomcast.join(f"127.0.0.1:{server.port}/dots", name="Ada")


def test_a_page_that_is_called_as_no_room_is_is_told(tmp_path: Path) -> None:
    rules = tmp_path / "games.py"
    rules.write_text("from roomcast.server import Room\nclass Chess(Room): ...\n")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "games.html").write_text("<p>my chess")
    with Roomcast("serve", *ANYWHERE, str(rules)) as server:
        assert server.line("The page games.html is ") == "of none of these rooms: call it chess.html."


def test_it_says_which_rooms_have_rules_and_where_their_pages_are(tmp_path: Path) -> None:
    rules = tmp_path / "games.py"
    rules.write_text("from roomcast.server import Room\nclass Chess(Room): ...\nclass Go(Room): ...\n")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "chess.html").write_text("<p>my chess")
    with Roomcast("serve", *ANYWHERE, str(rules)) as server:
        page = f"http://127.0.0.1:{server.port}/chess"
        assert server.line("chess and chess-… have ") == f"the rules of class Chess, and the page {page}"
        assert server.line("go and go-… have ") == "the rules of class Go"
        with urllib.request.urlopen(page, timeout=10) as answer:
            assert answer.read() == b"<p>my chess"
