"""`roomcast replay`: a recording runs again in a room of a server, for those who look on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

import roomcast
from roomcast.core.protocol.messages import Hidden, Leave, Set, Skipped, Snapshot, Tick
from tests.cli.replaying import Replaying
from tests.cli.roomcast_program import said
from tests.client.recordings import BEGAN, do, joined, raw, write
from tests.integration.rooms import notes, pump_until

pytestmark = pytest.mark.takes(15)

COUNT = 40  # moves, a tenth of a second between two


@pytest.fixture
def replaying() -> Iterator[Callable[..., Replaying]]:
    with ExitStack() as stack:

        def start(*words: str | Path) -> Replaying:
            one = Replaying(*words)
            stack.callback(lambda: one.end() if one.process.poll() is None else None)
            return one

        yield start


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Red plays for four seconds, comes again a day later, and is still there at the end."""
    moves = [do(2 + number, "move", number, after=number / 10) for number in range(COUNT)]
    day = 86400.0
    return write(
        tmp_path / "dots.jsonl",
        joined(1, "red", seed="5eed"),
        *moves,
        Set(COUNT + 2, "red", BEGAN + 5000, "room", raw({"level": 2})),
        Hidden(COUNT + 3, BEGAN + 5000),
        Leave(COUNT + 4, "red", BEGAN + 5000),
        joined(COUNT + 5, "red", after=day),
        do(COUNT + 6, "move", 1000, after=day + 1),
        Tick(round(BEGAN + day * 1000) + 1200),
    )


LAST = COUNT + 6


def game(room: Any) -> list[Any]:
    """All that a game does: moves with dice, and a clock that rolls them, too."""
    seen: list[Any] = []

    @room.command("move")
    def move(player: roomcast.Player, dx: int) -> None:
        seen.append((player.id, dx, room.time, room.random.random()))
        if dx == 0:
            room.every(1 / 20, step)

    def step() -> None:
        seen.append(("step", room.time, room.random.random()))

    return seen


def expected(file: Path) -> list[Any]:
    room = roomcast.replay(file)
    seen = game(room)
    room.pump(until=LAST)
    return seen


def test_onlookers_see_what_was_whenever_they_come_and_nobody_sees_them(
    replaying: Callable[..., Replaying], file: Path
) -> None:
    right = expected(file)
    server = replaying(file, "--speed", "4")
    with roomcast.join(server.address, name="red") as first:
        assert (first.me.id, len(first.players)) == ("red2", 0)
        seen, presence = game(first), notes(first, "join", "leave", "away")
        pump_until(lambda: first.seq > COUNT // 2, first)
        with roomcast.join(server.address, name="late", replay=True) as late:
            seen_late = game(late)
            pump_until(lambda: first.seq == late.seq == LAST, first, late)
            assert seen[: len(right)] == right
            assert seen_late[: len(right)] == right
            assert dict(first.state) == dict(late.state) == {"level": 2}
            assert [player.id for player in late.players] == ["red"]
        with roomcast.join(server.address, name="last") as last:
            assert (last.seq, last.state["level"], [player.id for player in last.players]) == (LAST, 2, ["red"])
        assert presence == [("join", "red"), ("leave", "red"), ("join", "red")]
    assert "The recording is at its end" in server.end()
    assert server.process.returncode == 0


def test_timers_run_between_entries_and_never_ahead_of_one(replaying: Callable[..., Replaying], tmp_path: Path) -> None:
    moves = [do(2, "move", 0), do(3, "move", 5, after=1.5), do(4, "move", 6, after=1.51)]
    file = write(tmp_path / "dots.jsonl", joined(1, "red", seed="5eed"), *moves)
    room = roomcast.replay(file)
    right = game(room)
    room.pump(until=4)
    server = replaying(file)
    with roomcast.join(server.address, name="eye") as eye:
        seen = game(eye)
        pump_until(lambda: len(seen) > 10 and eye.seq == 2, eye)  # ticks have come
        pump_until(lambda: eye.seq == 4, eye)
        assert seen == right


def test_what_onlookers_send_is_refused_and_they_stay(replaying: Callable[..., Replaying], file: Path) -> None:
    server = replaying(file, "--speed", "20")
    with roomcast.join(server.address, name="eye") as eye:
        errors = notes(eye, "error")
        eye.send("move", 5)
        eye.state["level"] = 9
        eye.me.add("score", 1)
        eye.send("picture", b"\x89PNG" * 100)
        pump_until(lambda: len(errors) >= 4 and eye.seq == LAST and not eye.unacknowledged, eye)
        assert {code for _, code in errors} == {"replay"}
        assert (dict(eye.state), eye.closed) == ({"level": 2}, False)


def test_it_waits_for_the_first_one_and_goes_on_without_any(replaying: Callable[..., Replaying], file: Path) -> None:
    server = replaying(file, "--speed", "10")
    with roomcast.join(server.address, name="eye") as eye:
        assert eye.seq == 0
        seen = game(eye)
        pump_until(lambda: eye.seq > 5, eye)
    with roomcast.join(server.address, name="eye", replay=True) as eye:
        seen = game(eye)
        pump_until(lambda: eye.seq == LAST, eye)
        right = expected(file)
        assert seen[: len(right)] == right


def test_a_program_for_asyncio_and_an_observer_look_on(replaying: Callable[..., Replaying], file: Path) -> None:
    server = replaying(file, "--speed", "20")

    async def look() -> list[str]:
        async with roomcast.connect(server.address, name="eye") as room:
            kinds: list[str] = []
            async for entry in room:
                kinds.append(entry.kind)
                if room.seq == LAST:
                    return kinds
        return []

    with connect(f"ws://127.0.0.1:{server.port}/", subprotocols=["roomcast.1"], compression=None) as socket:  # type: ignore[list-item]
        socket.send(json.dumps({"t": "watch", "room": "dots"}))
        kinds = asyncio.run(asyncio.wait_for(look(), 20))
        assert kinds.count("do") == COUNT + 1
        heard: list[dict[str, Any]] = []
        while not any(message.get("s") == LAST and message["t"] == "do" for message in heard):
            heard += [json.loads(line) for line in str(socket.recv(10)).split("\n")]
        assert sum(message["t"] == "do" for message in heard) == COUNT + 1
    assert "Traceback" not in server.end()


def test_mistakes(file: Path, tmp_path: Path) -> None:
    gap = write(tmp_path / "gap.jsonl", joined(1, "red"), Skipped(2, 5, Snapshot()))
    for words, sentence in (
        ((str(file), "--speed", "0"), "--speed is a number above 0"),
        ((str(file), "--speed", "nan"), "--speed is a number above 0"),
        ((str(gap),), "has a gap after 1 entries"),
        ((str(file), "chat"), "is a recording of the room 'dots', not of 'chat'"),
        ((str(tmp_path / "none.jsonl"),), "cannot be read"),
    ):
        code, text = said("replay", *words)
        assert code in (1, 2)
        assert sentence in text
