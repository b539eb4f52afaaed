"""Old programs, which speak lines, in rooms with rules."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.line_codec import LineCodec
from roomcast.core.protocol.line_dialect import parse_dialect
from roomcast.core.protocol.messages import VERSIONS
from roomcast.core.protocol.observer_messages import Watch
from roomcast.server import Player, Reject, Room
from tests.rules.houses import RuledHouse, state_of, turns


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

    def on_jump(self, player: Player, how_high: int) -> None:
        self.relay()

    def on_leave(self, player: Player) -> None:
        self.emit("bye", player.id, to=self.players)

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


def test_what_rules_say_to_some_as_players_come_and_go_is_said_to_old_programs() -> None:
    house = RuledHouse(Dots)
    ada, alan, page = house.join_by_lines(("Ada",)), house.join_by_lines(("Alan",)), house.join("Page")
    ada.hear()
    page.gone(clean=True)
    house.flush()
    assert ada.hear() == ["bye Page"]
    assert "bye Page" in alan.hear()


def test_what_is_passed_on_does_not_come_back_to_an_old_program_that_said_it(house: RuledHouse) -> None:
    ada, alan, page = house.join_by_lines(("Ada",)), house.join_by_lines(("Alan",)), house.join("Page")
    for program in (ada, alan):
        program.hear()
    ada.say("jump 5\n")
    page.do("jump", 7)
    house.flush()
    assert ada.hear() == ["jump Page 7"]
    assert alan.hear() == ["jump Ada 5", "jump Page 7"]
    events = [(event.c, event.by) for turn in turns(page) for event in turn.x.e]
    assert events == [("jump", "Ada"), ("jump", "Page")]


def test_an_old_program_hears_why_its_line_was_refused_where_its_port_has_a_word_for_it() -> None:
    house = RuledHouse(Dots, lines=LineCodec(parse_dialect("refused=sorry")))
    ada, alan = house.join_by_lines(("Ada",)), house.join_by_lines(("Alan",))
    for program in (ada, alan):
        program.hear()
    ada.say("move 50\nmove x\nfly\nmove 3\n")
    house.flush()
    assert ada.hear() == [
        "sorry too fast",
        "sorry move(dx, dy): dx is 'x': it is text, where a whole number is wanted",
        "sorry this room has no command 'fly'",
        "moved Ada 3 0.5",
    ]
    assert alan.hear() == ["moved Ada 3 0.5"]


def test_without_such_a_word_it_hears_nothing_and_the_log_has_the_first(house: RuledHouse) -> None:
    ada = house.join_by_lines(("Ada",))
    ada.hear()
    ada.say("move 50\nmove 60\n")
    house.flush()
    assert ada.hear() == []
    assert [line for line in house.logged if "too fast" in line] == [
        "Starter client Ada in the room 'dots': a line was passed over: too fast (help: roomcast help old-program)"
    ]


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
