"""People who look for a room whose hooks wait: they meet there, and who has a seat stays in it."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec
import pytest
from msgspec import Raw

from roomcast.core.protocol.meet_request import Meet
from roomcast.errors import CannotConnect
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, PlaytestPlayer, playtest


@pytest.mark.parametrize("locks", [False, True])
def test_who_was_brought_to_a_room_and_has_its_last_seat_stays_there(*, locks: bool) -> None:
    class Pair(Room):
        max_players = 2

        async def on_join(self, player: Player) -> None:
            await asyncio.sleep(1)
            if len(self.players) == 2 - locks:
                self.lock()

    game = playtest(Pair)
    rooms = [game.join_or_create(name).room.name for name in ("red", "blue", "green", "black")]
    assert [rooms.index(one) for one in rooms] == ([0, 1, 2, 3] if locks else [0, 0, 2, 2])
    assert [len(game.directory.rooms[one].state.players) for one in rooms] == list(map(rooms.count, rooms))


def test_a_party_that_fills_a_room_stays_there() -> None:
    class Pair(Room):
        max_players = 2

        async def on_join(self, player: Player) -> None:
            await asyncio.sleep(1)

    game = playtest(Pair)
    red = game.join_or_create("red", party=2)
    blue = game.join("blue", red.room.name, party=red.room.party_ticket)
    assert blue.room.name == red.room.name
    assert list(game.directory.rooms) == [red.room.name]


class Doors(Room):
    """`create`, `join`: for how many seconds its hooks wait."""

    kind = "pair"
    max_players = 2
    create, join = 0.0, 0.0

    async def on_create(self, options: dict[str, Any]) -> None:
        await asyncio.sleep(self.create)
        self.private = options.get("hidden", False)

    async def on_join(self, player: Player) -> None:
        await asyncio.sleep(self.join)
        if player.name == "Eve":
            raise Reject("you are not on the list")


def look_for(game: Playtest, *names: str, how: Literal["any", "new"] = "any", **options: Any) -> list[str]:
    """They all come at once; returns in which room each is then, "" for none."""
    meet = Meet(how, Raw(msgspec.json.encode(options)))
    for name in names:
        player = game.players[name] = PlaytestPlayer(game, name, "pair", meet)
        game.run_until = lambda done: game.run()  # type: ignore[method-assign]
        with pytest.raises(CannotConnect):
            player.come()
        del game.run_until  # type: ignore[method-assign]
    game.advance(20)
    rooms = game.directory.rooms.values()
    return [next((room.name for room in rooms if name in room.state.players), "") for name in names]


@pytest.mark.parametrize(("create", "join"), [(0.0, 1.0), (1.0, 0.0), (1.0, 1.0)])
@pytest.mark.parametrize("options", [{}, {"mode": "fun"}])
def test_those_who_come_while_the_first_waits_to_come_in_play_with_it(
    create: float, join: float, options: dict[str, Any]
) -> None:
    rules = type("Pair", (Doors,), {"kind": "pair", "create": create, "join": join})
    game = playtest(rules)
    rooms = look_for(game, "a", "b", "c", "d", "e", **options)
    assert [rooms.index(one) for one in rooms] == [0, 0, 2, 2, 4]


def test_whom_nobody_may_meet_or_who_does_not_come_in_is_met_by_nobody() -> None:
    rules = type("Pair", (Doors,), {"kind": "pair", "create": 1.0, "join": 1.0, "max_players": 3})
    game = playtest(rules)
    rooms = look_for(game, "a", "b", "c", hidden=True)
    assert len(set(rooms)) == 3
    rooms = look_for(game, "Eve", "d", "f")
    assert rooms[0] == ""
    assert rooms[1] == rooms[2] != ""
