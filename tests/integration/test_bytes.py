"""Calls with bytes, on a real server: whole everywhere, private, with their progress, through cuts and crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast import LogEntry, Player, Progress, Room
from roomcast.core.client.parcels import MAX_BYTES
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.plain_player import PlainPlayer

DATA = bytes(range(256)) * 2000  # half a megabyte: some sixteen pieces


def pictures(room: Room) -> list[tuple[int, str, str, bytes]]:
    """A list that grows as pictures come."""
    seen: list[tuple[int, str, str, bytes]] = []

    @room.on("picture")
    def picture(player: Player, name: str, data: bytes) -> None:
        seen.append((room.seq, player.id, name, data))

    return seen


def test_a_call_with_bytes_runs_everywhere_at_one_place_of_the_order(enter: Callable[..., Room]) -> None:
    red, blue = enter("red"), enter("blue")
    seen = pictures(blue)
    mine: list[Any] = []

    @red.everywhere
    def picture(player: Player, name: str, data: bytes) -> None:
        mine.append((red.seq, player.id, name, data))

    picture("cat.png", DATA)
    red.send("picture", name="dog.png", data=bytearray(b"small"))
    picture("nothing", b"")
    assert red.unacknowledged > 0
    pump_until(lambda: len(mine) == len(seen) == 3, red, blue)
    assert mine == seen
    assert sorted((name, data) for _, _, name, data in seen) == [
        ("cat.png", DATA),
        ("dog.png", b"small"),
        ("nothing", b""),
    ]
    assert red.unacknowledged == 0


def test_progress_is_told_to_the_sender_and_to_all_who_receive(enter: Callable[..., Room]) -> None:
    red, blue = enter("red"), enter("blue")
    told: dict[str, list[Progress]] = {"red": [], "blue": []}
    for room in red, blue:
        room.on("progress")(lambda player, progress, of=told[room.me.id]: of.append((player.id, progress)))
    red.send("picture", "cat.png", DATA)
    pump_until(lambda: all(told.values()) and all(t[-1][1].done == len(DATA) for t in told.values()), red, blue)  # type: ignore[index]
    assert told["red"] == told["blue"]
    steps: Any = [progress for _, progress in told["red"]]
    assert {(one.id, one.command, one.size, one.failed) for one in steps} == {(1, "picture", len(DATA), "")}
    assert [one.done for one in steps] == sorted({one.done for one in steps})
    assert len(steps) > 10


def test_private_bytes_are_for_those_alone_whom_they_are_sent_to(enter: Callable[..., Room]) -> None:
    red, blue, green = enter("red"), enter("blue"), enter("green")
    seen, others = pictures(blue), notes(green, "progress", "error", "wave")
    pump_until(lambda: "blue" in red.players, red)
    red.send("picture", "secret", DATA, to="blue")
    pump_until(lambda: seen, red, blue)
    red.send("wave")
    pump_until(lambda: others, green)
    assert others == [("wave", "red")]
    assert green.seq > 15, "it was told of hidden entries only"


def test_one_for_whom_it_was_has_left_and_the_call_is_given_up(
    server: RunningServer, enter: Callable[..., Room]
) -> None:
    blue, green = enter("blue"), enter("green")
    with Dam(server.port) as dam, roomcast.join(f"127.0.0.1:{dam.port}/dots", name="red") as red:
        pump_until(lambda: len(red.players) == 3, red)
        told, errors = notes(blue, "progress", "error"), notes(red, "error")
        dam.hold()
        red.send("picture", "secret", DATA, to=["blue", "green"])
        pump_until(lambda: len(told) == 3, blue)
        green.leave()
        dam.release()
        pump_until(lambda: ("error", "incomplete") in told and errors, red, blue)
        assert errors[0] == ("error", "bad-argument")
        assert [what for what in told if what[0] == "error"] == [("error", "incomplete")]
        assert told[-2][2].failed == "its sender gave up"


def test_a_sender_who_leaves_in_the_middle_is_told_and_nothing_is_run(
    server: RunningServer, enter: Callable[..., Room]
) -> None:
    blue = enter("blue")
    seen, told = pictures(blue), notes(blue, "progress", "error", "leave")
    with Dam(server.port) as dam:
        red = roomcast.join(f"127.0.0.1:{dam.port}/dots", name="red")
        dam.hold()
        red.send("picture", "half", DATA)
        pump_until(lambda: len(told) == 3, blue)
        red.leave()
        dam.release()
    pump_until(lambda: ("leave", "red") in told, blue)
    assert seen == []
    assert ("error", "incomplete") in told


def test_it_arrives_whole_though_connections_are_cut_in_the_middle(server: RunningServer) -> None:
    with (
        Dam(server.port) as dam,
        roomcast.join(f"127.0.0.1:{dam.port}/dots", name="red") as red,
        roomcast.join(f"127.0.0.1:{dam.port}/dots", name="blue") as blue,
    ):
        seen, progress, back = pictures(blue), notes(blue, "progress"), notes(red, "resumed")
        for cut in range(1, 4):
            red.send("picture", f"picture {cut}", DATA)
            some_more = len(progress) + 3
            pump_until(lambda more=some_more: len(progress) > more, red, blue)
            dam.cut()
            dam.mend()
            pump_until(lambda cut=cut: len(seen) == cut, red, blue)
        assert [(name, data) for _, _, name, data in seen] == [(f"picture {cut}", DATA) for cut in range(1, 4)]
        assert back


def test_more_than_a_call_may_carry_is_refused_where_it_is_called(enter: Callable[..., Room]) -> None:
    red = enter("red")
    with pytest.raises(roomcast.BadArgument, match="in one call, and it may carry"):
        red.send("picture", bytes(MAX_BYTES + 1))
    with pytest.raises(roomcast.BadArgument, match="the command of all pieces"):
        red.send("roomcast:parcel", 1)
    assert red.unacknowledged == 0


def test_starter_clients_hear_nothing_of_it(server: RunningServer, enter: Callable[..., Room]) -> None:
    red = enter("red")
    assert server.starter_port is not None
    with PlainPlayer(server.starter_port) as plain:
        plain.meet()
        red.send("picture", "cat.png", DATA)
        pump_until(lambda: not red.unacknowledged, red)
        red.send("wave", 1)
        assert plain.hear() == "wave red 1"


def test_with_asyncio_a_call_with_bytes_is_an_entry_where_it_is_run(server: RunningServer) -> None:
    async def play() -> None:
        async with (
            roomcast.connect(server.address(), name="red") as red,
            roomcast.connect(server.address(), name="blue") as blue,
        ):
            ran: list[Any] = []

            @blue.on("picture")
            async def picture(player: Player, name: str, data: bytes) -> None:
                await asyncio.sleep(0)
                ran.append((blue.seq, name, data))

            red.send("picture", "cat.png", DATA)
            entries: list[LogEntry] = []

            async def follow() -> None:
                async for entry in blue:
                    entries.append(entry)
                    if entry.command == "picture" and entry.kind == "do":
                        return

            async def turn() -> None:
                async for _ in red:
                    pass

            turning = asyncio.create_task(turn())
            await follow()
            turning.cancel()
            *pieces, call = [entry for entry in entries if entry.command]
            assert ran == [(call.seq, "cat.png", DATA)]
            assert (call.kind, call.args, call.player.id) == ("do", ("cat.png", DATA), "red")
            assert len(pieces) > 10
            assert {(piece.kind, piece.command, piece.args) for piece in pieces} == {("piece", "picture", ())}

    asyncio.run(asyncio.wait_for(play(), 20))
