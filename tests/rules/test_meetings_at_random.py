"""Two hundred look for rooms, alone and with friends, come, go, lock and hide: what is promised holds at each step."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.core.protocol.made_names import is_private, read_made_name
from roomcast.core.protocol.meet_request import Meet, are_met
from roomcast.core.protocol.messages import Bye
from roomcast.core.room.parties import Claim, Parties
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.room.seats import Seats
from roomcast.core.server import meetings
from roomcast.core.server.meetings import Meetings
from roomcast.server.room_list import RoomList
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program
from tests.rules.duels import Duel, Team, joins, room_of, seeks, ticket_of
from tests.rules.houses import RuledHouse
from tests.rules.planted import is_found

pytestmark = pytest.mark.takes(20)
PEOPLE = 200
MODES: list[dict[str, Any]] = [{}, {"mode": "fun"}, {"mode": "ranked"}, {"mode": "ranked", "rounds": 3}]


TEAMS: list[dict[str, Any]] = [{}, {"mode": "fun"}, {"max_players": 3}]


class Reserved:
    """Seats that a party has: what is to be so. `until`: they are free again."""

    def __init__(self, room: str, ticket: str, left: int, until: float) -> None:
        self.room, self.ticket, self.left, self.until = room, ticket, left, until


class Crowd:
    """All people of one house, and what they have seen. `kind` is of the rooms that they look for, with so many seats.

    `modes`: with which options they look.
    """

    def __init__(self, house: House, kind: str, seats: int, modes: list[dict[str, Any]], seed: int) -> None:
        self.house, self.kind, self.seats, self.modes = house, kind, seats, modes
        self.parties: list[Reserved] = []
        self.draw = random.Random(seed)
        self.here: list[Program] = []
        self.room: dict[Program, str] = {}  # in which each of them is
        self.rooms = RoomList(house.directory, lambda: house.now)
        self.came = 0

    def step(self) -> None:
        house, draw = self.house, self.draw
        if len(self.here) < PEOPLE and draw.random() < 0.6:
            if self.parties and draw.random() < 0.4:
                self.follow(draw.choice(self.parties))
            else:
                self.come()
        elif self.here:
            program = self.here[draw.randrange(len(self.here))]
            what = draw.choice(["leave", "drop", "lock", "unlock", "hide", "show"])
            if what in ("leave", "drop"):
                self.here.remove(program)
                program.gone(clean=what == "leave")
            elif isinstance(house.room(self.room[program]), RuledRoom):
                program.do(*{"hide": ("hide", True), "show": ("hide", False)}.get(what, (what,)))
        if draw.random() < 0.02:
            house.wait(draw.choice([1.0, 40.0, 200.0]), also=self.stay)
        house.flush()
        self.check()

    def stay(self) -> None:
        for program in self.here:
            program.peer.heard = True
        self.parties = [one for one in self.parties if one.until > self.house.now]

    def come(self) -> None:
        house, draw = self.house, self.draw
        options, party = draw.choice(self.modes), draw.choice([1, 1, 2, self.seats])
        if party > options.get("max_players", self.seats):
            party = 1
        self.came += 1
        address = f"10.0.{self.came % 50}.1"
        if draw.random() < 0.7:
            wanted = self.fitting(options, party)
            program = seeks(house, self.kind, "any", address, party=party, **options)
            name = room_of(program)
            assert name in wanted or not wanted, "a new room was made where there was one"
            room = house.room(name)
            assert not room.meeting.private, "a stranger in a private room"
            assert are_met(options, room.meeting.options)
        else:
            private = draw.random() < 0.5
            program = seeks(house, self.kind, "new", address, private=private, party=party, **options)
            name = room_of(program)
            assert len(house.room(name).state.players) == 1
            assert is_private(name) is private
        self.here.append(program)
        self.room[program] = name
        ticket = ticket_of(program)
        assert bool(ticket) is (party > 1)
        if ticket:
            self.parties.append(Reserved(name, ticket, party - 1, house.now + house.directory.limits.party_kept))

    def follow(self, party: Reserved) -> None:
        """A friend comes, with the ticket; or somebody who has heard of the room, with a wrong one."""
        house, wrong = self.house, self.draw.random() < 0.2
        if wrong and not self.free(party.room):
            return
        friend = joins(house, party.room, "guessed" if wrong else party.ticket, f"10.1.{self.came % 50}.1")
        house.flush()
        heard = friend.hear()
        if house.room(party.room).meeting.locked:
            assert [one.code for one in heard if isinstance(one, Bye)] == ["room-locked"]
            return
        assert friend.welcome is not None, "a seat that was reserved was given to another"
        self.here.append(friend)
        self.room[friend] = party.room
        if not wrong:
            party.left -= 1
            self.parties = [one for one in self.parties if one.left]

    def reserved(self, name: str) -> int:
        return sum(one.left for one in self.parties if one.room == name)

    def free(self, name: str) -> int:
        """How many seats of a room are free, as it should be."""
        room = self.house.room(name)
        return self.most(room) - len(room.state.players) - self.reserved(name)

    def most(self, room: Room) -> int:
        most: int = room.meeting.options.get("max_players", self.seats)
        return most

    def fitting(self, options: dict[str, Any], party: int) -> list[str]:
        """The rooms into which so many with these options may be brought, by looking at all rooms."""
        return [
            name
            for name, room in self.house.directory.rooms.items()
            if read_made_name(name) is not None
            and not room.meeting.private
            and not room.meeting.locked
            and self.free(name) >= party
            and any(player.here for player in room.state.players.values())
            and are_met(options, room.meeting.options)
        ]

    def check(self) -> None:
        rooms = self.house.directory.rooms
        for name, room in rooms.items():
            assert self.free(name) >= 0, f"{name} has too many players"
            assert room.seats.parties.seats == self.reserved(name)
        listed = {one["name"]: one for one in json.loads(self.rooms.json("here"))["rooms"]}
        hidden = {name for name, room in rooms.items() if room.meeting.private}
        assert not hidden & listed.keys(), "a private room in a list"
        for name, one in listed.items():
            assert one["seats"] == (0 if rooms[name].meeting.locked else self.free(name))
        accounts = {program.peer.account for program in self.here}
        assert sum(one.reserved for one in accounts) <= sum(one.left for one in self.parties)


def play(house: House, kind: str, seed: int, steps: int = 400) -> None:
    modes = {"duel": MODES, "team": TEAMS}.get(kind, [{}])
    crowd = Crowd(house, kind, 5 if kind == "team" else 2, modes, seed)
    for _ in range(steps):
        crowd.step()
    assert crowd.came > steps / 4


def ruled() -> House:
    return RuledHouse(Duel, Team, address_burst=1e3, address_time=1e3, connections_address=1000)


def relays(**options: Any) -> House:
    return House(room_players=2, address_burst=1e3, address_time=1e3, connections_address=1000, **options)


@pytest.mark.parametrize("seed", range(6))
def test_rooms_with_rules(seed: int) -> None:
    play(ruled(), "duel", seed)


@pytest.mark.parametrize("seed", range(6))
def test_rooms_of_five_and_of_three(seed: int) -> None:
    play(ruled(), "team", seed)


@pytest.mark.parametrize("seed", range(3))
def test_relays(seed: int) -> None:
    play(relays(), "chat", seed)


def test_relays_on_disk() -> None:
    play(relays(store=MemoryStore()), "chat", 1)


# ---------------------------------------------------------------------- broken on purpose


def forgets_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Meetings, "changed", lambda self, room: None)


def overlooks_privacy(monkeypatch: pytest.MonkeyPatch) -> None:
    def seats(room: Room) -> tuple[int, Any]:
        return 0 if room.meeting.locked else room.free_seats, room.meeting

    monkeypatch.setattr(meetings, "_seats_for_strangers", seats)


def takes_any_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "are_met", lambda wanted, options: True)


def lists_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(self: RoomList) -> list[Room]:
        return [room for room in self._directory.rooms.values() if room.state.players]

    monkeypatch.setattr(RoomList, "_public", everything)


def gives_reserved_seats_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Seats, "taken", lambda self, state: len(state.players))


def parts_parties(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Meet, "seats", 1)


def keeps_seats_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Parties, "sweep", lambda self, now: False)


def tells_nobody_of_seats_that_are_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = Parties.sweep

    def silent(self: Parties, now: float) -> bool:
        sweep(self, now)
        return False

    monkeypatch.setattr(Parties, "sweep", silent)


def takes_tickets_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def claim(self: Parties, claim: Claim) -> None:
        if claim.party is not None:
            self._add(claim.party, claim.party.left)

    monkeypatch.setattr(Parties, "claim", claim)


def lets_any_number_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "most_players", 5)


FAULTS = [
    forgets_who_left, overlooks_privacy, takes_any_options, lists_all,
    gives_reserved_seats_away, parts_parties, keeps_seats_for_ever, tells_nobody_of_seats_that_are_free_again,
    takes_tickets_again_and_again, lets_any_number_in,
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    assert is_found(lambda seed: play(ruled(), "team", seed), seeds=20)
