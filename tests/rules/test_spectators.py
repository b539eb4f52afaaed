"""Who looks on has no seat, is told what everyone may see, and cannot act; rules may let nobody look on."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello, Ping, Pong, Resume, Turn
from roomcast.core.protocol.observer_messages import Watch
from roomcast.server import Owner, Player, Players, Room
from tests.core.fakes import House, Program, act, codes
from tests.rules.houses import RuledHouse


class Hand(Player):
    cards: Owner[list[str]]


class Cards(Room):
    max_players = 2
    players: Players[Hand]

    def on_join(self, player: Hand) -> None:
        player.cards = [f"the ace of {player.name}"]

    def on_play(self, player: Hand) -> None:
        self.state["last"] = player.cards.pop()

    def on_lock(self, player: Hand) -> None:
        self.lock()


class Secret(Cards):
    spectators = False


def looks_on(house: House, room: str = "cards", password: str = "") -> Program:
    program = house.knock("10.0.5.1")
    program.say(Hello(room, "Eve", VERSIONS, meet=Meet(password=password, spectate=True)))
    house.flush()
    return program


@pytest.fixture
def house() -> RuledHouse:
    return RuledHouse(Cards, Secret, room_observers=2, token="a token")


def test_a_spectator_takes_no_seat_and_nobody_hears_of_it(house: RuledHouse) -> None:
    ada, alan = house.join("Ada", "cards"), house.join("Alan", "cards")
    ada.hear()
    before = house.room("cards").log.last
    eve = looks_on(house)
    eve.hear()
    assert eve.welcome is not None
    assert eve.welcome.session == ""
    assert eve.state.players.keys() == {"Ada", "Alan"}
    assert house.room("cards").log.last == before
    assert ada.hear() == alan.hear() == []
    eve.gone(clean=True)
    house.flush()
    assert ada.hear() == []
    assert house.room("cards").sessions.keys() == {"Ada", "Alan"}


def test_a_spectator_reads_what_everyone_may_see_and_no_more(house: RuledHouse) -> None:
    ada = house.join("Ada", "cards")
    eve = looks_on(house)
    ada.do("play")
    house.join("Alan", "cards")
    heard = eve.hear()
    assert [message.x.p for message in heard if isinstance(message, Turn)]
    sent = b"".join(eve.connection.writes)
    assert b"the ace of Ada" in sent, "it was played"
    assert b"the ace of Alan" not in sent
    assert eve.state.players.keys() == {"Ada", "Alan"}


@pytest.mark.parametrize("message", [act(1, "play"), AskRequest(1, "play"), act(0, "play"), act(-1, "play")])
def test_a_spectator_cannot_act(house: RuledHouse, message: Any) -> None:
    house.join("Ada", "cards")
    eve = looks_on(house)
    eve.hear()
    before = house.room("cards").log.last
    eve.say(message)
    house.flush()
    assert codes(eve) == ["Error not-allowed"]
    assert house.room("cards").log.last == before
    assert house.failed == []
    eve.say(Ping())
    assert [type(one) for one in eve.hear()] == [Pong]


def test_in_a_relay_it_cannot_act_either() -> None:
    house = House()
    ada = house.join("Ada", "chat")
    eve = looks_on(house, "chat")
    eve.hear()
    eve.n = 0
    eve.do("say", "hi")
    eve.set("room", {"x": 1})
    ada.do("say", "hello")
    house.flush()
    assert ada.hear_commands() == ['Ada: say ["hello"]']
    assert codes(eve) == ["Error not-allowed", "Error not-allowed"]
    assert ada.state.shared.decoded() == {}


def test_locked_rooms_are_looked_on_at_and_full_ones(house: RuledHouse) -> None:
    ada = house.join("Ada", "cards")
    ada.do("lock")
    assert codes(looks_on(house)) == []


def test_there_are_no_more_spectators_than_are_allowed(house: RuledHouse) -> None:
    house.join("Ada", "cards")
    first = looks_on(house)
    assert codes(looks_on(house)) == []
    assert codes(looks_on(house)) == ["Error watch-full", "Bye watch-full"]
    first.gone()
    assert codes(looks_on(house)) == []


def test_an_empty_room_shows_nothing(house: RuledHouse) -> None:
    assert codes(looks_on(house)) == ["Error no-room", "Bye no-room"]
    house.wait(house.directory.limits.empty_room + 5)
    assert house.directory.rooms == {}


def test_rules_may_let_nobody_look_on(house: RuledHouse) -> None:
    watching = house.knock()
    watching.say(Watch("secret", v=VERSIONS))
    house.join("Ada", "secret")
    assert codes(looks_on(house, "secret")) == ["Error not-allowed", "Bye not-allowed"]
    assert "Bye not-allowed" in codes(watching)
    late = house.knock()
    late.say(Watch("secret", v=VERSIONS))
    assert codes(late) == ["Error not-allowed", "Bye not-allowed"]


def test_a_spectators_id_is_no_players(house: RuledHouse) -> None:
    house.join("spectator", "cards")
    eve = looks_on(house)
    eve.hear()
    assert eve.me == "spectator2"
    other = house.join("spectator2", "cards")
    assert other.me != eve.me


def test_a_spectator_that_comes_back_begins_anew(house: RuledHouse) -> None:
    house.join("Ada", "cards")
    eve = looks_on(house)
    eve.hear()
    eve.gone()
    again = looks_on(house)
    again.hear()
    assert again.state.players.keys() == {"Ada"}
    assert len(house.room("cards").sessions) == 2


def test_no_session_is_no_way_to_resume(house: RuledHouse) -> None:
    house.join("Ada", "cards")
    eve = house.knock()
    eve._fresh = True
    eve.say(Hello("cards", "Eve", VERSIONS, Resume("", 0), meet=Meet(spectate=True)))
    eve.hear()
    assert eve.welcome is not None
    assert not eve.welcome.resumed
    assert eve.welcome.snapshot is not None


def test_the_setting_is_yes_or_no() -> None:
    with pytest.raises(TypeError, match="True or False"):
        type("Wrong", (Room,), {"spectators": 3})
