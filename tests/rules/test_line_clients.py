"""Old programs, which speak lines, in rooms with rules."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.messages import VERSIONS
from roomcast.core.protocol.observer_messages import Watch
from roomcast.server import Player, Reject, Room
from tests.rules.houses import RuledHouse, state_of


class Dots(Room):
    relays = ("chat",)

    def on_join(self, player: Player) -> None:
        player["x"] = 0
        self.emit("hello", player.id, 100, to=player)

    def on_move(self, player: Player, dx: int, dy: float = 0.5) -> None:
        if dx > 5:
            raise Reject("too fast")
        player["x"] += dx
        self.emit("moved", dx, dy, by=player)

    def on_whisper(self, player: Player, whom: str, *words: str) -> None:
        self.emit("whisper", *words, by=player, to=whom)


@pytest.fixture
def house() -> RuledHouse:
    return RuledHouse(Dots)


def test_events_are_lines_for_those_whom_the_rules_name(house: RuledHouse) -> None:
    ada = house.join_by_lines(("Ada",))
    alan = house.join_by_lines(("Alan",))
    page = house.join("Page")
    for program in (ada, alan):
        program.hear()
    ada.say("move 3 nan\nmove 3\nmove 50\nmove x\nchat hi there\nwhisper Alan psst now\n")
    house.flush()
    assert ada.hear() == ["moved Ada 3 0.5"]
    assert alan.hear() == ["moved Ada 3 0.5", "chat Ada hi there", "whisper Ada psst now"]
    page.hear()
    assert state_of(page, "Ada") == {"x": 3}
    assert house.failed == []


def test_who_comes_reads_what_the_room_says_to_it(house: RuledHouse) -> None:
    ada = house.join_by_lines(("Ada",))
    assert ada.hear()[0] == "myIDis Ada "
    page = house.join("Page")
    house.flush()
    assert ada.hear() == ["newPlayer Page"]
    assert page.state.players["Page"].state == {"x": 0}


def test_who_watches_goes_on_watching_when_a_line_is_handled(house: RuledHouse) -> None:
    ada = house.join_by_lines(("Ada",))
    watcher = house.knock()
    watcher.say(Watch("dots", v=VERSIONS))
    ada.say("move 3\nchat hi\n")
    house.flush()
    house.wait(1)
    assert not watcher.connection.ended
    assert b'"c":"chat"' in b"".join(watcher.connection.writes)
    assert b'"came":"move' not in b"".join(watcher.connection.writes)
