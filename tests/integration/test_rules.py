"""Rooms with rules over real sockets: Python programs play and ask; who cheats by hand is told why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from websockets.sync.client import connect as open_websocket

import roomcast
from roomcast.client.asking import Answer
from roomcast.core.client import backoff
from roomcast.server import Player, Reject, Room
from tests.integration.conftest import RunningServer
from tests.integration.cutter import Cutter
from tests.integration.rooms import pump_until
from tests.rules.kinds import ruled_kinds


class Dots(Room):
    def on_create(self) -> None:
        self.asked = 0

    def on_join(self, player: Player) -> None:
        player["x"] = player["y"] = 100

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        if abs(dx) > 5 or abs(dy) > 5:
            raise Reject("too fast")
        player["x"] += dx
        player["y"] += dy
        self.emit("moved", dx, dy, by=player)

    def on_roll(self, player: Player, sides: int) -> int:
        if sides < 2:
            raise Reject("a die has two sides at least")
        self.asked += 1
        self.state["asked"] = self.asked
        return self.random.randint(sides, sides)

    def on_crash(self, player: Player) -> None:
        player["x"] = 0
        raise ZeroDivisionError


@pytest.fixture
def failed() -> list[str]:
    return []


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients wait a hundredth of what they wait else, before they come back."""
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.05)


@pytest.fixture
def server(failed: list[str]) -> Iterator[RunningServer]:
    running = RunningServer(kinds=ruled_kinds({"dots": Dots}, failed), pace=0)
    yield running
    running.stop()


def test_programs_play_and_who_cheats_is_told_why(server: RunningServer, failed: list[str]) -> None:
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        errors: list[tuple[str, str]] = []
        moves: list[tuple[str, int, int]] = []
        red.on("error")(lambda error: errors.append((error.code, error.message)))
        blue.command("moved")(lambda player, dx, dy: moves.append((player.id, dx, dy)))
        pump_until(lambda: "blue" in red.players and blue.players["red"].get("x") == 100, red, blue)
        red.send("move", 5, -1)
        red.send("move", 50, 0)
        red.send("crash")
        red.state["level"] = 3
        red.me["x"] = 0
        pump_until(lambda: len(errors) == 4 and not red.unacknowledged, red, blue)
        pump_until(lambda: moves == [("red", 5, -1)], red, blue)
        assert errors[0] == ("rejected", "too fast")
        assert [code for code, _ in errors[1:]] == ["rules-failed", "rejected", "rejected"]
        for room in (red, blue):
            assert dict(room.players["red"]) == {"x": 105, "y": 99}
            assert dict(room.state) == {}
    assert len(failed) == 1


def test_a_raw_websocket_that_cheats_is_refused_with_a_reason(server: RunningServer) -> None:
    with (
        roomcast.join(server.address(), name="red") as red,
        open_websocket(f"ws://127.0.0.1:{server.port}/", subprotocols=["roomcast.1"]) as raw,  # type: ignore[list-item]
    ):
        raw.send('{"t":"hello","room":"dots","name":"eve","v":[2]}')
        welcome = json.loads(str(raw.recv(10)).splitlines()[0])
        assert welcome["me"] == "eve"
        cheats = [
            '{"t":"do","n":1,"c":"move","a":[999,0]}',
            '{"t":"do","n":2,"c":"move","a":{"dx":1,"dy":"far"}}',
            '{"t":"do","n":3,"c":"on_move","a":[1,1]}',
            '{"t":"do","n":4,"c":"leave","a":[]}',
            '{"t":"set","n":5,"of":"room","p":{"asked":99}}',
            '{"t":"set","n":6,"of":"me","p":{"x":0}}',
            '{"t":"do","n":7,"c":"roll","a":[1e999]}',
            '{"t":"do","n":8,"c":"move","a":[1,1],"to":["red"]}',
        ]
        raw.send("\n".join(cheats))
        errors: list[tuple[int, str]] = []
        acknowledged: list[int] = []
        while len(errors) < 7 or not acknowledged:
            for line in str(raw.recv(10)).splitlines():
                message = json.loads(line)
                if message["t"] == "error":
                    errors.append((message["n"], message["code"]))
                acknowledged += message.get("ok", [])
        assert errors == [
            (1, "rejected"),
            (2, "bad-argument"),
            (3, "no-command"),
            (4, "no-command"),
            (5, "rejected"),
            (6, "rejected"),
            (7, "bad-argument"),
        ]
        assert acknowledged == [8]
        pump_until(lambda: dict(red.players["eve"]) == {"x": 101, "y": 101}, red)


def test_a_game_asks_and_waits_or_goes_on(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        assert red.ask("roll", sides=6).result() == 6
        with pytest.raises(roomcast.Refused, match="two sides") as refused:
            red.ask("roll", 1).result()
        assert refused.value.code == "rejected"
        seen: list[object] = []
        answer = red.ask("roll", 20).then(lambda result: seen.append((result, red.state["asked"])))
        red.ask("roll", 1).then(seen.append, lambda error: seen.append(error.code))
        pump_until(lambda: len(seen) == 2, red)
        assert answer.done
        assert sorted(map(str, seen)) == ["(20, 2)", "rejected"]
        errors: list[str] = []
        red.on("error")(lambda error: errors.append(error.code))
        red.ask("nothing_like_it").then(seen.append)
        pump_until(lambda: errors == ["no-command"], red)


def test_an_asyncio_program_asks_without_iterating_and_from_its_functions(server: RunningServer) -> None:
    async def play() -> list[object]:
        seen: list[object] = []
        async with roomcast.connect(server.address(), name="red") as red:
            seen.append(await red.ask("roll", 6))

            @red.command("moved")
            async def moved(player: roomcast.Player, dx: int, dy: int) -> None:
                seen.append(await red.ask("roll", sides=4))

            red.send("move", 1, 1)
            async for entry in red:
                if entry.kind == "turn" and len(seen) == 2:
                    break
            try:
                await red.ask("roll", 1)
            except roomcast.Refused as error:
                seen.append(error.message)
        return seen

    assert asyncio.run(play()) == [6, 4, "a die has two sides at least"]


def test_asking_where_there_are_no_rules(server: RunningServer) -> None:
    with roomcast.join(server.address("meadow"), name="red") as red:
        with pytest.raises(roomcast.Refused) as refused:
            red.ask("roll", 6).result()
        assert refused.value.code == "no-rules"
        assert "is its name right?" in refused.value.message
        red.send("hello")
        pump_until(lambda: not red.unacknowledged, red)


def outcome(answer: Answer) -> object:
    """What was answered, or the code of why not."""
    try:
        return answer.result(60)
    except roomcast.Refused as error:
        return error.code


@pytest.mark.usefixtures("quick")
def test_what_was_asked_over_connections_that_break_is_done_once_and_answered(server: RunningServer) -> None:
    with (
        Cutter(server.port, 6, seed=5, most_bytes=3000) as cutter,
        roomcast.join(f"127.0.0.1:{cutter.port}/dots", name="red") as red,
    ):
        asked = {sides: red.ask("roll", sides) for sides in range(2, 202)}
        assert [sides for sides, answer in asked.items() if outcome(answer) not in (sides, "unanswered")] == []
        pump_until(lambda: cutter.cuts_left <= 0 and not red.unacknowledged, red)
        pump_until(lambda: red.state.get("asked") == len(asked), red)


def test_leaving_ends_the_wait(server: RunningServer) -> None:
    red = roomcast.join(server.address(), name="red")
    server.stop()
    answer = red.ask("roll", 6)
    red.leave()
    with pytest.raises(roomcast.Refused):
        answer.result()


def test_an_answer_and_a_room_say_what_to_write(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        rolled, refused = red.ask("roll", sides=6), red.ask("roll", sides=1)
        assert rolled.result() == 6
        with pytest.raises(roomcast.Refused):
            refused.result()
        assert repr(rolled) == "<answer to 'roll': 6>"
        assert "two sides at least" in repr(refused)
        assert ".result() waits for it" in repr(Answer("roll"))
        with pytest.raises(AttributeError, match=r'write room\.send\("roll", …\), or room\.ask\("roll", …\)'):
            red.roll(6)  # type: ignore[attr-defined]
        assert not hasattr(red, "_roll")
