"""Programs that look for a room on a real server: both Python clients, lists over HTTP, a server that is restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
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


@pytest.mark.parametrize("word", ["replay", "spectate"])
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


# ---------------------------------------------------------------------- keep


@pytest.mark.parametrize("how", ["any", "new"])
def test_a_program_that_starts_again_comes_back_into_the_room_that_it_had_found(
    server: RunningServer, stack: ExitStack, tmp_path: Path, how: str
) -> None:
    enter = roomcast.join_or_create if how == "any" else roomcast.create
    where, file = server.address("duel"), tmp_path / "session.json"
    first = enter(where, "red", keep=file, mode="fun")
    blue = stack.enter_context(roomcast.join(server.address(first.name), "blue"))
    first._leave(stays=True)
    wait_for(lambda: blue.pump() is not None and not blue.players[first.me.id].here, what="red is away")
    stranger = stack.enter_context(roomcast.join_or_create(where, "grey", mode="fun"))
    again = stack.enter_context(enter(where, "red", keep=file, mode="fun"))
    assert (again.name, again.me.id) == (first.name, first.me.id)
    assert stranger.name != first.name
    wait_for(lambda: blue.pump() is not None and blue.players[again.me.id].here, what="red is back")


def test_who_is_not_known_there_any_more_finds_another_room(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    server = start_server(kinds=KINDS, seat_kept=0.1, resume_window=0.2)
    where, file = server.address("duel"), tmp_path / "session.json"
    first = roomcast.join_or_create(where, "red", keep=file)
    with (
        roomcast.join(server.address(first.name), "blue") as blue,
        roomcast.join_or_create(where, "grey", mode="fun") as other,
    ):
        blue.ask("lock").result()
        first._leave(stays=True)
        sessions = server.directory.rooms[first.name].sessions
        wait_for(lambda: server.ask(lambda: first.me.id not in sessions), what="red's session is forgotten")
        with roomcast.join_or_create(where, "red", keep=file, mode="fun") as again:
            assert again.name == other.name


def test_with_asyncio_a_program_comes_back_too(server: RunningServer, stack: ExitStack, tmp_path: Path) -> None:
    where, file = server.address("duel"), tmp_path / "session.json"

    async def play() -> tuple[str, str]:
        room = roomcast.connect_or_create(where, "red", keep=file)
        with pytest.raises(ZeroDivisionError):
            async with room:
                raise ZeroDivisionError
        return room.name, room.me.id

    assert asyncio.run(play()) == asyncio.run(play())


def test_who_has_left_looks_for_a_room_anew(server: RunningServer, stack: ExitStack, tmp_path: Path) -> None:
    where, file = server.address("duel"), tmp_path / "session.json"
    first = stack.enter_context(roomcast.create(where, "red", keep=file))
    first.leave()
    assert stack.enter_context(roomcast.create(where, "red", keep=file)).name != first.name


def test_after_a_restart_a_program_comes_back_into_its_kept_room(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    file, kept = tmp_path / "session.json", tmp_path / "rooms.db"
    server = start_server(kinds=KINDS, keep=kept)
    with roomcast.create(server.address("chat"), "ada", private=True) as hidden:
        hidden.state["kept"] = True
        wait_for(lambda: hidden.pump() is not None and not hidden.unacknowledged, what="it is kept")
        first = roomcast.create(server.address("duel"), "red", keep=file, private=True, mode="ranked")
        first.ask("lock").result()
        first._leave(stays=True)
        hidden._leave(stays=True)
    server.stop()
    server = start_server(kinds=KINDS, keep=kept, port=server.port)
    with roomcast.create(server.address("duel"), "red", keep=file) as again:
        assert (again.name, again.me.id, again.state["mode"]) == (first.name, first.me.id, "ranked")
    with roomcast.join(server.address(hidden.code), "alan") as friend:
        assert friend.name == hidden.name
        assert friend.state["kept"] is True
        assert roomcast.find_rooms(server.address("chat")) == []
        assert server.ask(lambda: server.directory.rooms[hidden.name].meeting.private)
        with roomcast.join_or_create(server.address("chat"), "grace") as stranger:
            assert stranger.name != hidden.name
