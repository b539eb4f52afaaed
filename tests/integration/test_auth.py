"""Rooms whose rules ask who comes, at a real server: nobody else waits for that, and there is no way around it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

import roomcast
from roomcast.core.client import backoff
from roomcast.core.protocol.messages import VERSIONS
from roomcast.server import Player, Room
from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign
from tests.integration.rooms import pump_until
from tests.integration.ruled_server import ruled_server
from tests.rules.clubs import ADA, ALAN, Club
from tests.waiting import wait_for


class Blocking(Room):
    """Its `on_auth` blocks, as a database does, until a test lets it go on."""

    free: ClassVar[threading.Event] = threading.Event()

    @staticmethod
    def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
        if credential != ADA:
            Blocking.free.wait()
        return {"name": name.upper()}

    def on_echo(self, player: Player, text: str) -> str:
        return text


class Waiting(Room):
    """Its `on_auth` waits for ever."""

    cancelled: ClassVar[list[str]] = []

    @staticmethod
    async def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            Waiting.cancelled.append(name)
            raise
        return True


class Open(Room):
    def on_echo(self, player: Player, text: str) -> str:
        return text


KINDS: dict[str, type[Room]] = {"club": Club, "blocking": Blocking, "waiting": Waiting, "open": Open}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.05)
    Blocking.free.clear()
    Waiting.cancelled.clear()
    with ruled_server(KINDS) as running:
        yield running
        Blocking.free.set()


def knocks(server: RunningServer, room: str, name: str = "", **hello: Any) -> Foreign:
    client = Foreign(server)
    client.say(t="hello", room=room, name=name, v=VERSIONS, **hello)
    return client


def waiting(server: RunningServer) -> tuple[int, int]:
    line = server.directory.auth
    return server.ask(lambda: (len(line), line.running))


def test_a_slow_one_holds_up_nobody(server: RunningServer) -> None:
    with roomcast.join(server.address("blocking"), name="ada", credential=ADA) as ada:
        assert ada.me.name == "ADA"
        slow = [knocks(server, "blocking", f"slow{number}", credential="x") for number in range(5)]
        wait_for(lambda: waiting(server) == (5, 5))
        assert ada.ask("echo", "same room").result() == "same room"
        with roomcast.join(server.address("open"), name="grace", credential="is passed over") as grace:
            assert grace.ask("echo", "another room").result() == "another room"
        with roomcast.join(server.address("blocking"), name="alan", credential=ADA) as alan:
            assert alan.me.name == "ALAN"
        assert waiting(server) == (5, 5)
        Blocking.free.set()
        assert {one.hear()["t"] for one in slow} == {"welcome"}
        pump_until(lambda: {one.name for one in ada.players} >= {f"SLOW{number}" for number in range(5)}, ada)


def test_who_goes_away_is_asked_about_no_more(server: RunningServer) -> None:
    client = knocks(server, "waiting", "red")
    wait_for(lambda: waiting(server) == (1, 1))
    client.drop()
    wait_for(lambda: Waiting.cancelled == ["red"])
    wait_for(lambda: waiting(server) == (0, 0))
    assert server.ask(lambda: list(server.directory.rooms)) == []


def test_a_server_that_closes_waits_for_none_of_them(server: RunningServer) -> None:
    async_one, thread = knocks(server, "waiting", "red"), knocks(server, "blocking", "blue")
    wait_for(lambda: waiting(server) == (2, 2))
    server.stop()
    for client in (async_one, thread):
        heard, _ = client.farewell()
        assert (heard[-1]["t"], heard[-1]["code"]) == ("bye", "closing")
    assert Waiting.cancelled == ["red"]
    assert not Blocking.free.is_set()


def test_a_program_says_it_however_it_comes(server: RunningServer) -> None:
    where = server.address("club")
    with (
        roomcast.join(where, credential=ADA) as ada,
        roomcast.create(where, "red", credential=ALAN, private=True) as red,
        roomcast.join_or_create(where, "blue", credential=ALAN) as blue,
        roomcast.join(where, credential=ALAN, spectate=True) as onlooker,
    ):
        assert [one.ask("rank").result() for one in (ada, red, blue)] == [3, 1, 1]
        assert onlooker.name == "club"
    for join in (roomcast.join, roomcast.create, roomcast.join_or_create):
        with pytest.raises(roomcast.CannotConnect, match="nobody has this password") as caught:
            join(where, credential="a guess")
        assert caught.value.code == "auth-refused"
        assert caught.value.topic == "credential"
        assert "a guess" not in str(caught.value)


def test_so_does_a_program_on_asyncio(server: RunningServer) -> None:
    where = server.address("club")

    async def ranks() -> list[Any]:
        async with (
            roomcast.connect(where, credential=ADA) as ada,
            roomcast.connect_new(where, credential=ALAN) as alan,
            roomcast.connect_or_create(where, credential=ADA) as again,
        ):
            return [await one.ask("rank") for one in (ada, alan, again)]

    async def guess(join: Callable[..., roomcast.AsyncRoom]) -> str | None:
        with pytest.raises(roomcast.CannotConnect) as caught:
            async with join(where, credential="a guess"):
                pass
        return caught.value.code

    assert asyncio.run(ranks()) == [3, 1, 3]
    for join in (roomcast.connect, roomcast.connect_new, roomcast.connect_or_create):
        assert asyncio.run(guess(join)) == "auth-refused"


def test_a_room_that_is_lost_is_entered_again_with_the_same_credential(server: RunningServer) -> None:
    with roomcast.join_or_create(server.address("club"), credential=ADA) as ada:
        name = ada.name
        server.ask(lambda: server.directory._room_failed(server.directory.rooms[name], ValueError("to be closed")))
        rooms = server.directory.rooms
        pump_until(lambda: server.ask(lambda: name in rooms and len(rooms[name].seats.connected()) == 1), ada)
        assert ada.ask("rank").result() == 3
        assert ada.name == name


CHEATS: dict[str, dict[str, Any]] = {
    "no credential": {},
    "a session of nobody": {"resume": {"session": "guess", "seen": 0}},
    "to look on": {"meet": {"spectate": True}},
    "any room": {"meet": {"how": "any"}},
    "a new room": {"meet": {"how": "new", "private": True}},
    "with a ticket": {"meet": {"ticket": "guess"}},
    "elsewhere in hello": {"meet": {"credential": ADA}, "auth": {"rank": 9}, "name": "Ada"},
    "an empty one": {"credential": ""},
    "nearly the right one": {"credential": ADA + " "},
}


@pytest.mark.parametrize("how", CHEATS)
def test_there_is_no_way_around_it(server: RunningServer, how: str) -> None:
    hello = {"t": "hello", "room": "club", "name": "red", "v": VERSIONS} | CHEATS[how]
    client = Foreign(server)
    others = ({"t": "do", "n": 1, "c": "rank"}, {"t": "hello", "room": "open", "v": VERSIONS})
    client.socket.send("\n".join(map(json.dumps, (hello, *others))))
    heard, _ = client.farewell()
    assert [one["code"] for one in heard] == ["auth-refused"] * 2
    assert server.ask(lambda: list(server.directory.rooms)) == []


def test_what_is_sent_before_the_answer_waits_for_it(server: RunningServer) -> None:
    client = knocks(server, "blocking", "red", credential="x")
    client.say(t="ask", n=1, c="echo", a=["hi"])
    wait_for(lambda: waiting(server) == (1, 1))
    Blocking.free.set()
    assert client.hear()["t"] == "welcome"
    assert client.hear_next("turn")["re"] == [{"n": 1, "r": "hi"}]
    client.say(t="hello", room="open", v=VERSIONS)
    heard, _ = client.farewell()
    assert heard[-1]["code"] == "bad-message", "hello comes once"


@pytest.mark.parametrize("credential", [4711, True, ["x"], {"password": "x"}])
def test_what_is_no_text_is_no_message(server: RunningServer, credential: Any) -> None:
    heard, _ = knocks(server, "club", credential=credential).farewell()
    assert [one["code"] for one in heard] == ["bad-message"] * 2
