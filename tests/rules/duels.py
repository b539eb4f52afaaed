"""People who look for a room to duel in, for tests."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello
from roomcast.server import Room
from tests.core.fakes import House, Program


class Duel(Room):
    max_players = 2

    def on_create(self, options: dict[str, Any]) -> None:
        self.state["mode"] = options.get("mode", "fun")

    def on_lock(self, player: Any) -> None:
        self.lock()

    def on_unlock(self, player: Any) -> None:
        self.unlock()

    def on_hide(self, player: Any, yes: bool) -> None:
        self.private = yes


class Team(Duel):
    max_players = 5

    def on_create(self, options: dict[str, Any]) -> None:
        self.max_players = options.get("max_players", 5)


def seeks(house: House, kind: str = "duel", how: Any = "any", address: str = "10.0.0.1", **options: Any) -> Program:
    """Somebody who has said which room it looks for. `private=True` is for a new room, `party=3` for so many."""
    program = house.knock(address)
    private, party = options.pop("private", False), options.pop("party", 0)
    meet = Meet(how, msgspec.Raw(msgspec.json.encode(options)), private, party=party)
    program.say(Hello(kind, "", VERSIONS, meet=meet))
    return program


def joins(house: House, room: str, ticket: str, address: str = "10.0.0.2") -> Program:
    """Somebody who has come into a room by its name, with the ticket of a party."""
    program = house.knock(address)
    program.say(Hello(room, "", VERSIONS, meet=Meet(ticket=ticket)))
    return program


def ticket_of(program: Program) -> str:
    """What others need who are of its party."""
    room_of(program)
    assert program.welcome is not None
    return program.welcome.ticket


def room_of(program: Program) -> str:
    """In which room it is now."""
    program.house.flush()
    program.hear()
    assert program.welcome is not None
    return program.welcome.room


def found(house: House, kind: str = "duel", how: Any = "any", **options: Any) -> str:
    """The name of the room in which somebody comes who looks for one."""
    return room_of(seeks(house, kind, how, **options))
