"""A room that is watched, on a real server: the players report, observers see it, and the token ends stays."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import roomcast
from roomcast import Room, RoomClosed
from roomcast.core.server import observers as observing
from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign
from tests.integration.rooms import notes, pump_until
from tests.plain_player import PlainPlayer
from tests.waiting import wait_for

TOKEN = "k7fm-2qxp-9rtd"

Enter = Callable[..., Room]


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(token=TOKEN)


@pytest.fixture
def look(server: RunningServer) -> Iterator[Callable[..., Foreign]]:
    """look(token) → an observer of the room "dots" who has been told what the room is."""
    observers: list[Foreign] = []

    def begin(token: str = "") -> Foreign:
        observers.append(Foreign(server))
        observers[-1].say(t="watch", room="dots", token=token)
        observers[-1].hear_next("watching")
        return observers[-1]

    yield begin
    for observer in observers:
        observer.socket.close()


def pumped(observer: Foreign, kind: str, *rooms: Room) -> dict[str, Any]:
    """The next message of a kind, while the players go on."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        found.extend(message for message in observer.hear_now() if message["t"] == kind)
        return bool(found)

    pump_until(look, *rooms, what=f"a message {kind!r}")
    return found[0]


def test_python_players_report_the_six_steps_while_somebody_watches(
    server: RunningServer, enter: Enter, look: Callable[..., Foreign]
) -> None:
    red, blue = enter("red"), enter("blue")
    with PlainPlayer(server.starter_port or 0) as joan:
        joan.meet()
        observer = look()
        pump_until(lambda: red._core.reports.every == blue._core.reports.every == 1, red, blue)
        red.send("move", 5, 0)
        passage = pumped(observer, "passage", red, blue)
        assert passage["came"] == '{"t":"do","n":1,"c":"move","a":[5,0]}'
        assert passage["to"] == ["red", "blue", joan.id]
        assert passage["silent"] == [joan.id]
        assert passage["line"] == "move red 5 0\n"
        assert set(passage["got"]) == set(passage["ran"]) == {"red", "blue"}
        assert passage["acted"] >= 0
        assert passage["frame"] == [1, passage["length"]]
        counts = pumped(observer, "counts", red, blue)
        assert counts.get("every", 1) == 1
    observer.socket.close()
    pump_until(lambda: red._core.reports.every == blue._core.reports.every == 0, red, blue)
    room = server.directory.rooms["dots"]
    assert server.ask(lambda: list(room.subscriptions.all)) == []


def test_a_kicked_player_is_told_in_its_program_and_does_not_come_back(
    server: RunningServer, enter: Enter, look: Callable[..., Foreign]
) -> None:
    red, blue = enter("red"), enter("blue")
    seen, others = notes(red, "closed", "offline"), notes(blue, "leave")
    admin = look(TOKEN)
    admin.say(t="kick", who="red")
    pump_until(lambda: seen and others, red, blue)
    assert seen == [("closed", "you were sent out of the room 'dots' by whoever runs the server")]
    assert others == [("leave", "red")]
    assert red.closed
    with pytest.raises(RoomClosed, match="sent out of the room"):
        red.send("move")
    assert server.ask(lambda: list(server.directory.rooms["dots"].sessions)) == ["blue"]


def test_a_kicked_session_cannot_be_resumed(server: RunningServer, look: Callable[..., Foreign]) -> None:
    program = Foreign(server)
    program.hello("red")
    admin = look(TOKEN)
    admin.say(t="kick", who="red")
    heard, code = program.farewell()
    assert (heard[-1]["code"], "again" in heard[-1], code) == ("kicked", False, 1008)
    again = Foreign(server)
    again.say(t="hello", room="dots", resume={"session": program.session, "seen": 1})
    heard, code = again.farewell()
    assert [message["code"] for message in heard] == ["kicked", "kicked"]
    assert code == 1008


def test_a_program_on_asyncio_and_a_starter_client_are_told_that_the_room_is_closed(
    server: RunningServer, look: Callable[..., Foreign]
) -> None:
    admin = look(TOKEN)
    closed: list[str] = []

    async def play() -> None:
        async with roomcast.connect(server.address(), name="blue") as room:
            room.on("closed")(closed.append)
            admin.say(t="close")
            async for _ in room:
                pass

    with PlainPlayer(server.starter_port or 0) as joan:
        joan.meet()
        with pytest.raises(RoomClosed, match="the room 'dots' was closed by whoever runs the server"):
            asyncio.run(play())
        assert closed == ["the room 'dots' was closed by whoever runs the server"]
        assert joan.hear() == "newPlayer blue"
        assert joan.hear() == "error server the room 'dots' was closed by whoever runs the server"
    wait_for(lambda: server.ask(lambda: not server.directory.rooms), what="the room is gone")
    with roomcast.join(server.address(), name="green") as green:
        assert [player.id for player in green.players] == ["green"]


def test_without_the_token_nothing_is_ended(server: RunningServer, enter: Enter, look: Callable[..., Foreign]) -> None:
    red = enter("red")
    observer = look()
    for message in ({"t": "kick", "who": "red"}, {"t": "close"}):
        observer.say(**message)
        assert observer.hear_next("error")["code"] == "not-allowed"
    stranger = Foreign(server)
    stranger.say(t="watch", room="dots", token="a guess")
    heard, code = stranger.farewell()
    assert [message["code"] for message in heard] == ["bad-token", "bad-token"]
    assert code == 1008
    assert not red.closed


def test_a_crowd_that_is_watched_is_sampled_and_plays_on(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever watches, every player gets every command; the observer gets what fits, and the count of the rest."""
    monkeypatch.setattr(observing, "ENTRIES_PER_SECOND", 20)  # less than the slowest machine makes
    players = [roomcast.join(server.address(), name=f"p{number}") for number in range(10)]
    seen = [notes(player, "move") for player in players]
    observer = Foreign(server)
    observer.say(t="watch", room="dots")
    observer.hear_next("watching")
    heard: list[dict[str, Any]] = []
    for turn in range(100):
        for player in players:
            player.send("move", turn)
        for player in players:
            player.pump()
    pump_until(lambda: all(len(one) == 1000 for one in seen), *players)

    def counted() -> bool:
        heard.extend(observer.hear_now())
        return sum(message["do"] for message in heard if message["t"] == "counts") == 1000

    pump_until(counted, *players)
    entries = [message for message in heard if message["t"] == "do"]
    unseen = sum(message.get("unseen", 0) for message in heard if message["t"] == "counts")
    assert len(entries) + unseen == 1000
    assert unseen > 0
    assert [message for message in heard if message["t"] == "passage"]
    for player in players:
        player.leave()
    observer.socket.close()
