"""Two hundred look for rooms, make some, come, go, lock and hide at random: what is promised holds after each step."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.core.protocol.made_names import is_private, read_made_name
from roomcast.core.protocol.meet_request import are_met
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server import meetings
from roomcast.core.server.meetings import Meetings
from roomcast.server.room_list import RoomList
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program
from tests.rules.duels import Duel, room_of, seeks
from tests.rules.houses import RuledHouse
from tests.rules.planted import is_found

PEOPLE = 200
MODES: list[dict[str, Any]] = [{}, {"mode": "fun"}, {"mode": "ranked"}, {"mode": "ranked", "rounds": 3}]


class Crowd:
    """All people of one house, and what they have seen. `kind` is of the rooms that they look for."""

    def __init__(self, house: House, kind: str, seed: int) -> None:
        self.house, self.kind = house, kind
        self.draw = random.Random(seed)
        self.here: list[Program] = []
        self.rooms = RoomList(house.directory, lambda: house.now)
        self.came = 0

    def step(self) -> None:
        house, draw = self.house, self.draw
        if len(self.here) < PEOPLE and draw.random() < 0.6:
            self.come()
        elif self.here:
            program = self.here[draw.randrange(len(self.here))]
            what = draw.choice(["leave", "drop", "lock", "unlock", "hide", "show"])
            if what in ("leave", "drop"):
                self.here.remove(program)
                program.gone(clean=what == "leave")
            elif isinstance(house.room(room_of(program)), RuledRoom):
                program.do(*{"hide": ("hide", True), "show": ("hide", False)}.get(what, (what,)))
        if draw.random() < 0.02:
            house.wait(draw.choice([1.0, 40.0, 200.0]), also=self.stay)
        house.flush()
        self.check()

    def stay(self) -> None:
        for program in self.here:
            program.peer.heard = True

    def come(self) -> None:
        draw = self.draw
        options = draw.choice(MODES) if self.house.directory.kinds(self.kind) is not None else {}
        self.came += 1
        address = f"10.0.{self.came % 50}.1"
        if draw.random() < 0.7:
            wanted = self.fitting(options)
            program = seeks(self.house, self.kind, "any", address, **options)
            name = room_of(program)
            assert name in wanted or not wanted, "a new room was made where there was one"
            room = self.house.room(name)
            assert not room.meeting.private, "a stranger in a private room"
            assert are_met(options, room.meeting.options)
        else:
            private = draw.random() < 0.5
            program = seeks(self.house, self.kind, "new", address, private=private, **options)
            name = room_of(program)
            assert len(self.house.room(name).state.players) == 1
            assert is_private(name) is private
        self.here.append(program)

    def fitting(self, options: dict[str, Any]) -> list[str]:
        """The rooms into which somebody with these options may be brought, by looking at all rooms."""
        return [
            name
            for name, room in self.house.directory.rooms.items()
            if read_made_name(name) is not None
            and not room.meeting.private
            and not room.meeting.locked
            and len(room.state.players) < room.limits.room_players
            and any(player.here for player in room.state.players.values())
            and are_met(options, room.meeting.options)
        ]

    def check(self) -> None:
        rooms = self.house.directory.rooms
        for name, room in rooms.items():
            assert len(room.state.players) <= 2, f"{name} has too many players"
        listed = {one["name"]: one for one in json.loads(self.rooms.json("here"))["rooms"]}
        hidden = {name for name, room in rooms.items() if room.meeting.private}
        assert not hidden & listed.keys(), "a private room in a list"
        for name, one in listed.items():
            assert one["seats"] == (0 if rooms[name].meeting.locked else 2 - len(one["players"]))


def play(house: House, kind: str, seed: int, steps: int = 400) -> None:
    crowd = Crowd(house, kind, seed)
    for _ in range(steps):
        crowd.step()
    assert crowd.came > steps / 4


def ruled() -> House:
    return RuledHouse(Duel, address_burst=1e3, address_time=1e3, connections_address=1000)


def relays(**options: Any) -> House:
    return House(room_players=2, address_burst=1e3, address_time=1e3, connections_address=1000, **options)


@pytest.mark.parametrize("seed", range(6))
def test_rooms_with_rules(seed: int) -> None:
    play(ruled(), "duel", seed)


@pytest.mark.parametrize("seed", range(3))
def test_relays(seed: int) -> None:
    play(relays(), "chat", seed)


def test_relays_on_disk() -> None:
    play(relays(store=MemoryStore()), "chat", 1)


# ---------------------------------------------------------------------- broken on purpose


def forgets_who_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Meetings, "changed", lambda self, room: None)


def overlooks_privacy(monkeypatch: pytest.MonkeyPatch) -> None:
    def has_seat(room: Room) -> tuple[bool, Any]:
        return not room.meeting.locked and len(room.state.players) < room.limits.room_players, room.meeting

    monkeypatch.setattr(meetings, "_has_seat", has_seat)


def takes_any_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "are_met", lambda wanted, options: True)


def lists_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(self: RoomList) -> list[Room]:
        return [room for room in self._directory.rooms.values() if room.state.players]

    monkeypatch.setattr(RoomList, "_public", everything)


@pytest.mark.parametrize("fault", [forgets_who_left, overlooks_privacy, takes_any_options, lists_all])
def test_a_fault_is_found(fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    assert is_found(lambda seed: play(ruled(), "duel", seed), seeds=20)
