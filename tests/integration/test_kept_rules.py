"""Rooms with rules on disk, and a server that is really killed: each ask is done once, no secret leaves the room."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import roomcast
from tests.cli.roomcast_program import ROOMCAST
from tests.integration.rooms import pump_until
from tests.integration.test_durable import Serving, player, settled
from tests.waiting import TOO_LONG

pytestmark = pytest.mark.takes(20)

SECRET = "marked-"
RULES = f"""
from roomcast.server import Player, Reject, Room


class Bank(Room):
    def on_create(self) -> None:
        self.combination = "{SECRET}combination"
        self.earned: list[str] = []
        self.rolls: list[int] = []
        self.state["total"] = 0

    def on_join(self, player: Player) -> None:
        player["coins"] = 0
        self.emit("card", "{SECRET}" + player.id, to=player)

    def on_earn(self, player: Player, key: str) -> int:
        if key in self.earned:
            raise Reject("you have that already")
        self.earned.append(key)
        self.rolls.append(self.random.randrange(10**9))
        player["coins"] += 1
        self.state["total"] += 1
        self.emit("card", "{SECRET}" + player.id + " " + key, to=player)
        return len(self.earned)

    def on_look(self, player: Player) -> list[list[int] | list[str]]:
        return [self.earned, self.rolls]
"""


class Banking(Serving):
    """A server whose rooms `bank` have these rules."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.file = folder / "rooms.db"
        self.rules = folder / "bank.py"
        self.rules.write_text(RULES)
        super().__init__(self.file, *flags, str(self.rules))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Banking]]:
    with ExitStack() as stack:

        def start(*flags: str) -> Banking:
            server = Banking(tmp_path, *flags)
            stack.callback(lambda: server.program.stop())
            return server

        yield start


def ran(*words: str) -> tuple[int, str]:
    """Run `roomcast WORD …`: its exit code, and all that it has said."""
    ended = subprocess.run([ROOMCAST, *words], capture_output=True, text=True, timeout=TOO_LONG)
    return ended.returncode, ended.stdout + ended.stderr


class Earning:
    """A program that earns, one coin an ask, and notes what it is told."""

    def __init__(self, room: roomcast.Room) -> None:
        self.room = room
        self.asked = 0
        self.answers: list[tuple[str, int]] = []
        self.refused: list[str] = []
        self.cards: list[str] = []
        room.on("card")(lambda player, text: self.cards.append(text))

    def earn(self) -> None:
        self.asked += 1
        key = f"{self.room.me.id}-{self.asked}"
        self.room.ask("earn", key).then(
            lambda count: self.answers.append((key, count)), lambda error: self.refused.append(f"{key}: {error.code}")
        )

    @property
    def is_done(self) -> bool:
        return len(self.answers) + len(self.refused) == self.asked


def test_killed_again_and_again_while_players_ask_each_ask_is_done_once(serve: Callable[..., Banking]) -> None:
    server = serve("--level", "full")
    with player(server, "red", "bank") as red, player(server, "blue", "bank") as blue:
        rooms = (red, blue)
        both = [Earning(room) for room in rooms]
        pump_until(lambda: all(one.cards for one in both), *rooms)
        for _ in range(4):
            begun = len(both[0].answers)
            while len(both[0].answers) < begun + 30:
                for one in both:
                    one.earn()
                    one.room.pump(wait=0.002)
            server.kill()
            server.start()
        pump_until(lambda: all(one.is_done for one in both) and settled(*rooms), *rooms)
        assert [one.refused for one in both] == [[], []]
        done = sum(one.asked for one in both)
        answers = both[0].answers + both[1].answers
        assert sorted(count for _, count in answers) == list(range(1, done + 1)), "each is done once, and answered"
        for one in both:
            name = one.room.me.id
            assert one.cards == [f"{SECRET}{name}", *(f"{SECRET}{name} {name}-{n + 1}" for n in range(one.asked))]
            assert one.room.state["total"] == done
            assert [one.room.players[who.room.me.id]["coins"] for who in both] == [who.asked for who in both]
        asked = red.ask("look")
        pump_until(lambda: asked.done, *rooms)
        earned, rolls = asked.result(0.0)
        assert earned == [key for key, _ in sorted(answers, key=lambda answer: answer[1])]
        assert len(set(rolls)) == done, "the dice go on"


def test_an_ask_with_asyncio_outlives_a_kill(serve: Callable[..., Banking]) -> None:
    server = serve("--level", "full")

    async def main() -> Any:
        async with roomcast.connect(server.address("bank"), name="red") as red:
            assert await red.ask("earn", "first") == 1
            server.kill()
            second = asyncio.create_task(red.ask("earn", "second"))
            await asyncio.sleep(0)
            server.start()
            return await second, (await red.ask("look"))[0]

    assert asyncio.run(main()) == (2, ["first", "second"])


def test_whoever_reads_the_file_by_our_commands_sees_no_secret(serve: Callable[..., Banking], tmp_path: Path) -> None:
    server = serve("--level", "full")
    with player(server, "red", "bank") as red:
        one = Earning(red)
        for _ in range(5):
            one.earn()
        pump_until(lambda: one.is_done and len(one.cards) == 6, red)

        shown = [ran("check", str(server.file)), ran("check", str(server.file), "--json")]
    server.stop()
    file = str(server.file)
    recorded = tmp_path / "game.jsonl"
    shown += [ran("record", file, "bank", str(recorded)), ran("check", file, "--json")]
    assert [code for code, _ in shown] == [0] * len(shown), shown
    assert "red-5" not in recorded.read_text(), "what a player was sent alone is no part of a recording"
    assert SECRET.encode() not in recorded.read_bytes()
    assert not any(SECRET in text for _, text in shown)
    replayed = roomcast.replay(file, speed=None)
    seen: list[Any] = []
    replayed.on("card")(lambda *what: seen.append(what))
    while replayed.pump():
        pass
    assert (seen, replayed.state["total"]) == ([], 5)
    assert SECRET.encode() in server.file.read_bytes(), "it is there, for the room alone"


def test_a_kept_room_is_refused_by_a_server_without_its_rules(serve: Callable[..., Banking]) -> None:
    server = serve("--level", "full")
    with player(server, "red", "bank") as red:
        assert red.ask("earn", "first").result() == 1
    server.stop()
    without = Serving(server.file, "--level", "full")
    try:
        with pytest.raises(roomcast.CannotConnect, match="was kept with rules: start the server"):
            roomcast.join(without.address("bank"), name="red", timeout=3)
    finally:
        without.program.stop()
    server.start()
    with player(server, "blue", "bank") as blue:
        assert blue.ask("look").result()[0] == ["first"]


def test_a_copy_that_is_made_while_players_ask_is_whole(serve: Callable[..., Banking], tmp_path: Path) -> None:
    server = serve("--level", "full")
    copy = tmp_path / "copy.db"
    with player(server, "red", "bank") as red:
        one = Earning(red)
        while len(one.answers) < 20:
            one.earn()
            red.pump(wait=0.01)
        before = len(one.answers)
        copying = subprocess.Popen([ROOMCAST, "backup", str(server.file), str(copy), "--quiet"])
        while copying.poll() is None:
            one.earn()
            red.pump(wait=0.01)
        assert copying.returncode == 0
        pump_until(lambda: one.is_done, red)
    server.stop()
    assert ran("check", str(copy))[0] == 0
    copied = Serving(copy, "--level", "full", str(server.rules))
    try:
        with player(copied, "blue", "bank") as blue:
            earned, rolls = blue.ask("look").result()
            assert earned == [f"red-{n + 1}" for n in range(len(earned))]
            assert before <= len(earned) == len(set(rolls)) == blue.state["total"] <= one.asked
    finally:
        copied.program.stop()
