"""Parties stay together: who comes first has seats reserved for the others, who take them with its ticket."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Bye, Hello, Join
from roomcast.core.server.prices import HELLO
from roomcast.errors import BadArgument, CannotConnect
from roomcast.server import Player, Reject, Room
from roomcast.testing import playtest
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import BURST, House, Program, codes
from tests.rules.duels import Duel, Team, found, joins, room_of, seeks, ticket_of
from tests.rules.houses import RuledHouse


@pytest.fixture
def house() -> RuledHouse:
    return RuledHouse(Duel, Team)


def refusal(program: Program) -> str:
    """Why somebody was not let in."""
    program.house.flush()
    byes = [one for one in program.hear() if isinstance(one, Bye)]
    assert byes, "it was let in"
    return f"{byes[0].code}: {byes[0].message}"


# ---------------------------------------------------------------------- reserved seats


def test_strangers_are_not_brought_into_seats_that_are_reserved(house: RuledHouse) -> None:
    ada = seeks(house, party=2)
    room, ticket = room_of(ada), ticket_of(ada)
    assert ticket
    assert found(house) != room
    alan = joins(house, room, ticket)
    house.flush()
    alan.hear()
    assert house.room(room).state.players.keys() == {"player", "player2"}
    assert alan.welcome is not None
    assert alan.welcome.ticket == "", "it has reserved nothing"


def test_who_comes_alone_reserves_nothing(house: RuledHouse) -> None:
    for party in (0, 1):
        assert ticket_of(seeks(house, "team", how="new", party=party)) == ""
    assert all(room.seats.parties.seats == 0 for room in house.directory.rooms.values())


def test_a_party_is_brought_where_all_of_it_fit(house: RuledHouse) -> None:
    first = found(house, "team")
    assert room_of(seeks(house, "team", party=5)) != first
    assert room_of(seeks(house, "team", party=4)) == first
    assert found(house, "team") != first


def test_a_room_with_a_seat_too_few_is_still_one_for_who_comes_alone(house: RuledHouse) -> None:
    first = room_of(seeks(house, "team", party=4))
    assert room_of(seeks(house, "team", party=2)) != first
    assert found(house, "team") == first


def test_reserved_seats_are_free_again_when_their_time_is_over(house: RuledHouse) -> None:
    ada = seeks(house, party=2)
    room, ticket = room_of(ada), ticket_of(ada)

    def stay() -> None:
        ada.peer.heard = True

    house.wait(house.directory.limits.party_kept - 1, also=stay)
    assert found(house, how="new") != room
    assert house.room(room).free_seats == 0
    house.wait(2, also=stay)
    assert house.room(room).free_seats == 1
    assert found(house) == room
    assert "the seats of your party are reserved no more" in refusal(joins(house, room, ticket))
    assert ada.peer.account.reserved == 0


def test_who_comes_too_late_takes_a_free_seat_as_anybody_does(house: RuledHouse) -> None:
    ada = seeks(house, party=2)
    room, ticket = room_of(ada), ticket_of(ada)
    house.wait(house.directory.limits.party_kept + 1, also=lambda: setattr(ada.peer, "heard", True))
    assert codes(joins(house, room, ticket)) == []


def test_time_in_which_the_server_was_suspended_does_not_count(house: RuledHouse) -> None:
    room = room_of(seeks(house, party=2))
    house.now += 3600
    house.directory.exclude_downtime(3600, house.now)
    house.directory.sweep(house.now)
    assert house.room(room).seats.parties.seats == 1


def test_each_seat_is_taken_once(house: RuledHouse) -> None:
    ada = seeks(house, "team", party=3)
    room, ticket = room_of(ada), ticket_of(ada)
    for _ in range(2):
        assert codes(joins(house, room, ticket)) == []
    assert house.room(room).seats.parties.seats == 0
    assert not house.room(room).seats.parties.holds(ticket)


def test_the_seats_of_a_party_stay_when_the_first_has_left(house: RuledHouse) -> None:
    ada = seeks(house, party=2)
    room, ticket = room_of(ada), ticket_of(ada)
    ada.gone(clean=True)
    assert codes(joins(house, room, ticket)) == []


def test_a_party_that_no_room_can_hold_is_told_so(house: RuledHouse) -> None:
    said = refusal(seeks(house, party=3))
    assert said == "bad-argument: a party of 3 does not fit into a room of the kind 'duel', which has 2 seats"
    assert house.directory.rooms == {}


def test_a_party_that_a_new_room_cannot_hold_is_told_so(house: RuledHouse) -> None:
    said = refusal(seeks(house, "team", party=4, max_players=3))
    assert said.startswith("room-full: the room 'team-")
    assert said.endswith("has no 4 free seats for your party: 0 of 3 that its rules let in (max_players)")


def test_less_than_nobody_is_no_party(house: RuledHouse) -> None:
    program = house.knock()
    program.say(b'{"t":"hello","room":"duel","v":[1,2],"meet":{"how":"any","party":-1}}')
    assert codes(program) == ["Error bad-message", "Bye bad-message"]


def test_who_only_looks_on_reserves_nothing(house: RuledHouse) -> None:
    room = found(house, "team")
    program = house.knock()
    program.say(Hello(room, "", VERSIONS, meet=Meet(spectate=True, party=3)))
    assert ticket_of(program) == ""
    assert house.room(room).seats.parties.seats == 0


def test_relays_have_parties_too() -> None:
    house = House(room_players=3)
    ada = seeks(house, "chat", party=3)
    room = room_of(ada)
    assert found(house, "chat") != room
    bob = house.knock("10.0.0.7")
    bob.hello(room, "Bob")
    said = refusal(bob)
    assert "3 where the limit is 3 players (setting: room-players); 2 of them reserved for others of a party" in said
    assert codes(joins(house, room, ticket_of(ada))) == []


def test_where_a_room_is_being_opened_the_others_of_a_party_count() -> None:
    house = RuledHouse(Team, store=MemoryStore())
    house.held = True
    parties = [seeks(house, "team", party=3), seeks(house, "team", party=2), seeks(house, "team")]
    house.held = False
    house.flush()
    first, second, third = map(room_of, parties)
    assert first == second != third


def test_with_another_server_a_ticket_is_worth_nothing_and_does_no_harm() -> None:
    house = RuledHouse(Team, store=MemoryStore())
    ada = seeks(house, "team", party=3)
    room, ticket = room_of(ada), ticket_of(ada)
    house.crash()
    friend = joins(house, room, ticket)
    house.flush()
    assert codes(friend) == []
    assert house.room(room).seats.parties.seats == 0


# ---------------------------------------------------------------------- rules, locks, passwords


class Table(Room):
    max_players = 4

    def on_create(self) -> None:
        self.seen: list[list[int]] = []
        self.refuses = False

    def on_join(self, player: Player) -> None:
        self.seen.append([len(self.players), self.reserved])
        if self.refuses:
            raise Reject("not you")

    def on_refuse(self, player: Player, yes: bool) -> None:
        self.refuses = yes

    def on_lock(self, player: Player) -> None:
        self.lock()

    def on_reserved(self, player: Player) -> int:
        return self.reserved


def test_rules_see_how_many_are_on_their_way() -> None:
    game = playtest(Table)
    ada = game.create("Ada", party=3)
    game.join("Alan", ada.room.name, party=ada.room.party_ticket)
    assert ada.server.seen == [[1, 2], [2, 1]]
    assert ada.reserved() == 1
    game.advance(31)
    assert ada.reserved() == 0


def test_where_rules_refuse_a_friend_its_seat_stays_reserved() -> None:
    game = playtest(Table)
    ada = game.create("Ada", party=2)
    ada.refuse(True)
    with pytest.raises(CannotConnect, match="not you"):
        game.join("Alan", ada.room.name, party=ada.room.party_ticket)
    assert ada.reserved() == 1
    ada.refuse(False)
    game.join("Alan", ada.room.name, party=ada.room.party_ticket)
    assert ada.reserved() == 0


def test_where_rules_refuse_the_first_nothing_is_reserved() -> None:
    game = playtest(Table)
    ada = game.create("Ada")
    ada.refuse(True)
    with pytest.raises(CannotConnect, match="not you"):
        game.join_or_create("Alan", party=3)
    assert ada.reserved() == 0


def test_a_lock_holds_for_a_party_too() -> None:
    game = playtest(Table)
    ada = game.create("Ada", party=2)
    ada.lock()
    with pytest.raises(CannotConnect, match="lets nobody in any more"):
        game.join("Alan", ada.room.name, party=ada.room.party_ticket)


def test_a_ticket_opens_a_room_with_a_password() -> None:
    game = playtest(Table)
    ada = game.create("Ada", password="fish", party=2)
    with pytest.raises(CannotConnect, match="has a password"):
        game.join("Grace", ada.room.name)
    with pytest.raises(CannotConnect, match="has a password"):
        game.join("Grace", ada.room.name, party="guessed")
    game.join("Alan", ada.room.name, party=ada.room.party_ticket)


def test_who_comes_back_reserves_nothing_anew() -> None:
    game = playtest(Table)
    ada = game.create("Ada", party=3)
    ticket = ada.room.party_ticket
    ada.drop()
    ada.come()
    assert ada.room.party_ticket == ticket
    assert ada.reserved() == 2


# ---------------------------------------------------------------------- one address


def test_an_address_reserves_no_more_seats_than_it_may_have_connections() -> None:
    house = RuledHouse(Team, connections_address=12, address_burst=1.0)
    first = seeks(house, "team", how="new", party=5)
    seeks(house, "team", how="new", party=5)
    said = refusal(seeks(house, "team", how="new", party=3))
    assert said.startswith("server-full: too many connections and reserved seats for 10.0.0.1: 13 where ")
    assert said.endswith("(setting: connections-address)")
    assert first.peer.account.reserved == 8
    assert ticket_of(seeks(house, "team", how="new", address="10.0.0.2", party=5))


def test_seats_of_rooms_that_are_gone_count_no_more() -> None:
    house = RuledHouse(Team, connections_address=12, address_burst=1.0, party_kept=1e6)
    for _ in range(5):
        ada = seeks(house, "team", how="new", party=5)
        assert ticket_of(ada)
        ada.gone(clean=True)
        house.wait(house.directory.limits.empty_room + 5)
        assert house.directory.rooms == {}
        assert ada.peer.account.reserved == 0


def test_what_no_room_had_for_a_party_counts_for_nothing() -> None:
    house = RuledHouse(Team)
    said = refusal(ada := seeks(house, "team", party=4, max_players=3))
    assert said.startswith("room-full")
    assert ada.peer.account.reserved == 0
    assert all(room.seats.parties.seats == 0 for room in house.directory.rooms.values())


def test_a_reserved_seat_is_charged_as_somebody_who_comes() -> None:
    spent: list[float] = []
    for party in (1, 5):
        house = RuledHouse(Team, address_burst=0.25)
        account = seeks(house, "team", how="new", party=party).peer.account
        spent.append(account.charge(0.25e6, house.now))  # the burst: from here on, one has to wait
    share = house.directory.limits.address_time
    assert spent[1] - spent[0] == pytest.approx(4 * HELLO * 1e-6 / share, rel=0.05)


def test_reserved_seats_give_way_where_an_address_has_more_than_its_share() -> None:
    house = House(room_players=20, **BURST)
    ada = seeks(house, "chat", how="new", party=20)
    room = house.room(room_of(ada))
    for i in range(5):
        stranger = house.knock(f"10.0.1.{i}")
        stranger.hello(room.name)
        house.flush()
        assert [one for one in stranger.hear() if isinstance(one, Join)] or stranger.welcome is not None
    assert (len(room.state.players), room.seats.parties.seats) == (6, 14)
    assert "room-full" in refusal(seeks_in(house, room.name, "10.0.2.1")), "it has no more than its share"
    assert codes(joins(house, room.name, ticket_of(ada), "10.0.0.1")) == []


def test_nobody_gives_way_in_a_room_that_has_been_made_smaller_than_it_is_full() -> None:
    class Hall(Room):
        max_players = 20

        def on_narrow(self, player: Player, seats: int) -> None:
            self.max_players = seats

    house = RuledHouse(Hall, **BURST)
    ada = seeks(house, "hall", how="new", party=20)
    room = house.room(room_of(ada))
    ada.do("narrow", 19)
    assert "room-full" in refusal(seeks_in(house, room.name, "10.0.2.1"))
    assert room.seats.parties.seats == 19
    ada.do("narrow", 20)
    assert codes(seeks_in(house, room.name, "10.0.2.1")) == []
    assert (len(room.state.players), room.seats.parties.seats) == (2, 18)


def seeks_in(house: House, room: str, address: str) -> Program:
    program = house.knock(address)
    program.hello(room)
    return program


# ---------------------------------------------------------------------- what programs say


@pytest.mark.parametrize("party", [0, -1, 1.5, True, None])
def test_a_party_is_a_whole_number(party: Any) -> None:
    game = playtest(Table)
    with pytest.raises(BadArgument, match="party= is a whole number, at least 1"):
        game.create("Ada", party=party)


def test_who_mixes_up_sizes_and_tickets_is_told_so() -> None:
    game = playtest(Table)
    ticket: Any = "mZ3kQ7"
    with pytest.raises(BadArgument, match="that is how many you are; who has a ticket joins by it"):
        game.join_or_create("Ada", party=ticket)
    size: Any = 3
    with pytest.raises(BadArgument, match="are reserved by join_or_create and create; join takes its ticket"):
        game.join("Ada", party=size)
