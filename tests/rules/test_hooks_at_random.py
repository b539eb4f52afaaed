"""Rules whose hooks change state, emit, send players out and fail, at random: room, log and programs agree."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from roomcast.core.room.ruled_room import RuledRoom
from roomcast.errors import CannotConnect
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, RulesFailed, playtest
from roomcast.testing.playtest import PlaytestPlayer, Refused

VALUES: list[Any] = [1, None, True, "x", [], {}, [1, 2], {"": [1]}, {"a": {"": [0, 1, [2]]}}, [[], [{}]], 1.5, 2**63]

DEEDS = ["state", "player", "player", "remove", "kick", "kick", "emit", "emit", "inside", "mine", "fail", "reject"]
STEPS = ["join", "do", "do", "do", "drop", "drop", "come", "come", "come", "leave", "lose", "wait", "long"]


def act(room: Room, player: Player, chance: random.Random) -> None:
    """A few things that a hook may do."""
    for _ in range(chance.randrange(4)):
        whom = chance.choice([*room.players, player])
        field, value = chance.choice("abé"), deepcopy(chance.choice(VALUES))
        match chance.choice(DEEDS):
            case "state":
                room.state[field] = value
            case "player":
                whom[field] = value
            case "remove":
                whom.pop(field, None)
            case "kick" if whom in room.players:
                room.kick(whom, "out")
            case "emit":
                room.emit("event", value, to=chance.choice([whom, [], list(room.players), "ghost"]))
            case "inside" if isinstance(room.state.get(field), list):
                room.state[field].append(value)
            case "mine":
                room.mine = [value]
            case "fail":
                raise ValueError("a bug")
            case "reject":
                raise Reject("no")


def wild(chance: random.Random) -> type[Room]:
    class Wild(Room):
        def on_create(self) -> None:
            self.state["a"] = [1]

        def on_do(self, player: Player) -> None:
            act(self, player, chance)

        on_join = on_leave = on_drop = on_reconnect = on_do

    return Wild


def attempt(what: Callable[[], object]) -> None:
    try:
        what()
    except (RulesFailed, Refused, CannotConnect):
        pass


def plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if hasattr(value, "__iter__") and not isinstance(value, str) else value


def step(game: Playtest, chance: random.Random, newcomer: str) -> None:
    players = list(game.players.values())
    here = [one for one in players if one.is_connected]
    away = [one for one in players if not one.is_connected and one._core.over is None]
    what = chance.choice(STEPS)
    if what == "join" or not here:
        attempt(lambda: game.join(newcomer))
    elif what == "come" and away:
        attempt(chance.choice(away).come)
    elif what == "lose":
        attempt(lambda: chance.choice(here).lose(chance.choice(["what it said", "what it was told"])))
    elif what in ("wait", "long"):
        attempt(lambda: game.advance(1 if what == "wait" else 40))
    else:
        one: PlaytestPlayer = chance.choice(here)
        attempt({"drop": one.drop, "leave": one.leave}.get(what, lambda: one.ask("do")))
    while game.failures:
        attempt(game.run)
    attempt(game.run)


def check(game: Playtest) -> None:
    room = game.directory.rooms.get("wild")
    if room is None or not room.log.last:
        return
    assert isinstance(room, RuledRoom)
    behaviour = room.behaviour
    assert isinstance(behaviour, RoomBehaviour)
    rules = {one.id: (one.here, plain(one)) for one in game.server.players}, plain(game.server.state)
    state = room.state
    assert (
        {name: (one.here, one.state.decoded()) for name, one in state.players.items()},
        state.shared.decoded(),
    ) == rules
    for player in game.players.values():
        if player.is_connected:
            assert ({one.id: (one.here, plain(one)) for one in player.players}, plain(player.state)) == rules
    assert set(behaviour._boxes) == {"", *state.players}
    assert room._greetings.waiting <= set(state.players)


@pytest.mark.parametrize("seed", range(20))
def test_the_room_its_log_and_all_programs_agree(seed: int) -> None:
    chance = random.Random(seed)
    game = playtest(wild(chance), seed=seed)
    for place in range(150):
        step(game, chance, f"p{place}")
        check(game)
