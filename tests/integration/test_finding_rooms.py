"""Programs that look for a room on a real server: both Python clients, lists over HTTP, a server that is restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import roomcast
from roomcast.server import Player, Reject, Room
from tests.integration.conftest import RunningServer
from tests.rules.kinds import ruled_kinds
from tests.waiting import PATIENCE, wait_for


class Duel(Room):
    max_players = 2

    def on_create(self, options: dict[str, Any]) -> None:
        if options.get("mode") == "chess":
            raise Reject("no chess here")
        self.state["mode"] = options.get("mode", "fun")
        self.listing = {"map": "forest"}

    def on_lock(self, player: Player) -> bool:
        self.lock()
        return True


KINDS = ruled_kinds({"duel": Duel})


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(kinds=KINDS)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_strangers_meet(server: RunningServer, stack: ExitStack) -> None:
    where = server.address("duel")
    red, blue, green = (stack.enter_context(roomcast.join_or_create(where, name, mode="fun")) for name in "abc")
    assert red.name == blue.name != green.name
    assert {player.name for player in blue.players} == {"a", "b"}
    ranked = stack.enter_context(roomcast.join_or_create(where, "d", mode="ranked"))
    assert ranked.name not in (red.name, green.name)
    assert ranked.state["mode"] == "ranked"


def test_friends_meet_by_a_code(server: RunningServer, stack: ExitStack) -> None:
    red = stack.enter_context(roomcast.create(server.address("duel"), "red", private=True, mode="ranked"))
    blue = stack.enter_context(roomcast.join(server.address(red.code), "blue"))
    assert blue.name == red.name
    assert blue.state["mode"] == "ranked"


def test_a_party_stays_together(server: RunningServer, stack: ExitStack) -> None:
    red = stack.enter_context(roomcast.join_or_create(server.address("duel"), "red", party=2))
    stranger = stack.enter_context(roomcast.join_or_create(server.address("duel"), "grey"))
    assert stranger.name != red.name
    blue = stack.enter_context(roomcast.join(server.address(red.code), "blue", party=red.party_ticket))
    assert blue.name == red.name
    assert blue.party_ticket == ""


def test_a_party_stays_together_with_asyncio(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect_new(server.address("duel"), "red", party=2) as red:
            where = server.address(red.name)
            async with roomcast.connect(where, "blue", party=red.party_ticket) as blue:
                assert blue.name == red.name
        async with roomcast.connect_or_create(server.address("duel"), "red", party=2) as alone:
            assert alone.party_ticket

    asyncio.run(play())


def test_rooms_are_listed_with_what_they_say_of_themselves(server: RunningServer, stack: ExitStack) -> None:
    where = server.address("duel")
    fun = stack.enter_context(roomcast.join_or_create(where, "red", mode="fun", rounds=3))
    ranked = stack.enter_context(roomcast.create(where, "blue", mode="ranked"))
    stack.enter_context(roomcast.create(where, "green", private=True, mode="fun"))
    stack.enter_context(roomcast.join(server.address("chat"), "grey"))
    (listed,) = roomcast.find_rooms(where, mode="fun")
    assert (listed.name, listed.code, listed.kind) == (fun.name, fun.code, "duel")
    assert (listed.seats, listed.locked) == (1, False)
    assert [player.name for player in listed.players] == ["red"]
    assert (listed.options, listed.listing) == ({"mode": "fun", "rounds": 3}, {"map": "forest"})
    assert {one.name for one in roomcast.find_rooms(where)} == {fun.name, ranked.name}
    assert [one.name for one in roomcast.find_rooms(server.address("chat"))] == ["chat"]
    assert roomcast.find_rooms(where, mode="chess") == []
    friend = stack.enter_context(roomcast.join(listed.where, "friend"))
    assert friend.name == fun.name
    ranked.ask("lock").result(PATIENCE)
    assert [(one.seats, one.locked) for one in roomcast.find_rooms(where, mode="ranked")] == [(0, True)]


def test_what_the_rules_refuse_is_told(server: RunningServer) -> None:
    with pytest.raises(roomcast.CannotConnect, match="no chess here"):
        roomcast.join_or_create(server.address("duel"), mode="chess")
    with pytest.raises(roomcast.CannotConnect, match="have no rules that could read options") as failure:
        roomcast.join_or_create(server.address("chat"), mode="fun")
    assert failure.value.code == "bad-argument"


def test_a_locked_room_says_so_to_who_joins_it(server: RunningServer, stack: ExitStack) -> None:
    red = stack.enter_context(roomcast.create(server.address("duel"), "red"))
    red.ask("lock").result(PATIENCE)
    with pytest.raises(roomcast.CannotConnect, match="lets nobody in any more") as failure:
        roomcast.join(server.address(red.name))
    assert failure.value.code == "room-locked"


@pytest.mark.parametrize("word", ["keep", "replay", "spectate"])
def test_what_is_for_a_room_by_its_name_is_no_option(word: str) -> None:
    with pytest.raises(roomcast.BadArgument, match=f"{word}= is for a room that is joined by its name"):
        roomcast.join_or_create("duel", **{word: True})


def test_whoever_wants_a_private_room_is_not_brought_into_a_public_one() -> None:
    with pytest.raises(roomcast.BadArgument, match="private= is for create: nobody is brought into a private room"):
        roomcast.join_or_create("duel", private=True)


def test_options_are_small(server: RunningServer) -> None:
    with pytest.raises(roomcast.BadArgument, match="1030 bytes as text, and may take 1024"):
        roomcast.create(server.address("duel"), mode="x" * 1019)


def test_with_asyncio(server: RunningServer) -> None:
    async def meet() -> None:
        where = server.address("duel")
        async with (
            roomcast.connect_or_create(where, "red", mode="fun") as red,
            roomcast.connect_or_create(where, "blue", mode="fun") as blue,
            roomcast.connect_new(where, "green", private=True) as green,
        ):
            assert red.name == blue.name != green.name
            assert len(green.code) == 6

    asyncio.run(meet())


def test_those_whose_server_is_restarted_meet_again_in_the_room_that_was_lost(
    start_server: Callable[..., RunningServer], stack: ExitStack
) -> None:
    first = start_server(kinds=KINDS)
    port, where = first.port, first.address("duel")
    players = [stack.enter_context(roomcast.join_or_create(where, name, mode="ranked")) for name in ("red", "blue")]
    name = players[0].name
    first.stop()
    start_server(kinds=KINDS, port=port)

    def are_together() -> bool:
        for player in players:
            player.pump()
        return all(player.name == name and len(player.players) == 2 for player in players)

    wait_for(are_together, what="both are back")
    assert players[0].state["mode"] == "ranked"


def test_a_spectator_sees_the_game_and_cannot_play(server: RunningServer, stack: ExitStack) -> None:
    red = stack.enter_context(roomcast.create(server.address("duel"), "red", mode="ranked"))
    eve = stack.enter_context(roomcast.join(server.address(red.name), "Eve", spectate=True))
    assert eve.state["mode"] == "ranked"
    assert [player.name for player in eve.players] == ["red"]
    blue = stack.enter_context(roomcast.join(server.address(red.name), "blue"))
    wait_for(lambda: eve.pump() or len(eve.players) == 2, what="it sees who comes")
    with pytest.raises(roomcast.Refused, match="who only looks on cannot act"):
        eve.ask("lock").result(PATIENCE)
    assert {player.name for player in blue.players} == {"red", "blue"}
