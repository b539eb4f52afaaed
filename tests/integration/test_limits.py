"""Every limit at a real server: what a client that is not ours meets there.

A limit without its test here fails `test_every_limit_has_its_test`. What exactly each limit does is tested in
tests/core/test_limits_hold.py, where the clock is turned by hand.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest

from roomcast.core.protocol.limits import Limits, flag
from roomcast.core.protocol.messages import VERSIONS
from roomcast.core.room import worlds
from roomcast.server import Player, Room, driver
from roomcast.storage import sqlite_commit_log, sqlite_retention
from roomcast.transports import connection_timers
from tests.integration.conftest import RunningServer
from tests.integration.foreign import CLOSE, PING, Foreign, Raw
from tests.plain_player import PlainPlayer
from tests.rules.kinds import ruled_kinds
from tests.waiting import wait_for


class Visit:
    """A server with some limits, and those who come to it."""

    def __init__(
        self, start: Callable[..., RunningServer], stack: ExitStack, monkeypatch: pytest.MonkeyPatch, file: Path
    ) -> None:
        self._start = start
        self._stack = stack
        self.monkeypatch = monkeypatch
        self._file = file

    def serve(self, **limits: Any) -> None:
        self.server = self._start(**limits)

    def keep(self, **limits: Any) -> None:
        """Serve rooms that are kept in a file, with many snapshots; it is looked at as a whole again and again."""
        self.monkeypatch.setattr(sqlite_commit_log, "SNAPSHOT_EVERY", 20)
        self.monkeypatch.setattr(sqlite_retention, "SURVEY_EVERY", 0.05)
        self.monkeypatch.setattr(sqlite_retention, "FIRST_DAYS", 0.0)
        self.serve(keep=self._file, empty_room=0.05, **limits)

    def kept(self, question: str) -> list[Any]:
        """What the file has: the first column of an answer in SQL."""
        with closing(sqlite3.connect(self._file)) as database:
            return [first for first, *_ in database.execute(question)]

    def knock(self) -> Foreign:
        """A connection that has not said hello."""
        return self._stack.enter_context(Foreign(self.server))

    def join(self, name: str, room: str = "dots") -> Foreign:
        client = self.knock()
        client.hello(name, room)
        return client

    def raw(self, name: str = "", source: str = "127.0.0.1") -> Raw:
        """A connection that answers nothing, not even pings."""
        raw = self._stack.enter_context(Raw(self.server, source=source))
        if name:
            raw.send(json.dumps({"t": "hello", "room": "dots", "name": name}).encode())
            raw.hear()
        return raw

    def plain(self) -> PlainPlayer:
        assert self.server.starter_port
        return self._stack.enter_context(PlainPlayer(self.server.starter_port))

    def logged(self) -> int:
        """How many entries the room has had."""
        return self.server.ask(lambda: self.server.directory.rooms["dots"].log.last)

    def rooms(self) -> list[str]:
        return self.server.ask(lambda: list(self.server.directory.rooms))


@pytest.fixture
def visit(
    often: None, start_server: Callable[..., RunningServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Visit]:
    with ExitStack() as stack:
        yield Visit(start_server, stack, monkeypatch, tmp_path / "rooms.db")


MET: Final[dict[str, Callable[[Visit], None]]] = {}


def limit(function: Callable[[Visit], None]) -> Callable[[Visit], None]:
    MET[function.__name__] = function
    return function


def test_every_limit_has_its_test() -> None:
    assert list(MET) == [one.name for one in fields(Limits)]


@pytest.mark.parametrize("name", [one.name for one in fields(Limits)])
def test_it_is_met_at_a_real_server(visit: Visit, name: str) -> None:
    MET[name](visit)


def says(message: str, name: str, met: float | str, most: float) -> None:
    """The sentence names the limit, the value that was met, and the setting."""
    unit = Limits.__dataclass_fields__[name].metadata["unit"]
    assert re.search(rf": {met} where the limit is {most} {unit} \(setting: {flag(name)}\)$", message), message


def bye(client: Foreign, code: str, *, again: bool = False) -> str:
    """The sentence with which a client is sent away."""
    heard, close_code = client.farewell()
    assert (heard[-1]["t"], heard[-1]["code"]) == ("bye", code)
    assert ("again" in heard[-1]) is again
    assert close_code == (1001 if again else 1008)
    message: str = heard[-1]["message"]
    return message


def refused(client: Foreign, **message: Any) -> str:
    """The sentence with which a message is refused, after which it goes on."""
    client.say(**message)
    error = client.hear_next("error")
    assert error["n"] == message["n"]
    client.say(t="do", n=message["n"] + 1, c="on")
    assert client.hear_next("do")["c"] == "on"
    sentence: str = error["message"]
    return sentence


# ---------------------------------------------------------------- what comes in


@limit
def message_size(visit: Visit) -> None:
    visit.serve(message_size=500)
    red = visit.join("red")
    red.socket.send("x" * 501)
    says(bye(red, "too-big"), "message_size", 501, 500)
    plain = visit.plain()
    plain.meet()
    plain.send(b"x" * 501)
    says(plain.hear(), "message_size", 501, 500)


@limit
def json_depth(visit: Visit) -> None:
    visit.serve(json_depth=10)
    red = visit.knock()
    assert red.hello("red")["limits"]["json_depth"] == 10
    red.socket.send('{"t":"do","n":1,"c":"x","a":' + "[" * 10 + "]" * 10 + "}")
    says(bye(red, "too-big"), "json_depth", 11, 10)


@limit
def json_values(visit: Visit) -> None:
    visit.serve(json_values=20)
    red = visit.knock()
    assert red.hello("red")["limits"]["json_values"] == 20
    red.say(t="do", n=1, c="x", a=[0] * 16)
    says(bye(red, "too-big"), "json_values", 21, 20)


@limit
def json_digits(visit: Visit) -> None:
    visit.serve(json_digits=20)
    red = visit.knock()
    assert red.hello("red")["limits"]["json_digits"] == 20
    red.say(t="do", n=1, c="x", a=[10**20])
    error = red.hear_next("error")
    assert (error["code"], error["n"]) == ("bad-argument", 1)
    says(error["message"], "json_digits", 21, 20)
    red.say(t="do", n=2, c="x", a=[10**19])
    assert red.hear_next("do")["n"] == 2


@limit
def name_length(visit: Visit) -> None:
    visit.serve(name_length=5)
    for room, name in (("roomsy", "red"), ("dots", "redred")):
        client = visit.knock()
        client.say(t="hello", room=room, name=name)
        says(bye(client, "bad-name"), "name_length", 6, 5)
    says(refused(visit.join("red"), t="do", n=1, c="jumped"), "name_length", 6, 5)


@limit
def hello_within(visit: Visit) -> None:
    visit.serve(hello_within=0.2)
    says(bye(visit.knock(), "hello-late", again=True), "hello_within", r"\d+\.\d+", 0.2)


# ---------------------------------------------------------------- signs of life


def _frame_kinds(raw: Raw) -> list[int]:
    """What kinds of frame come until the connection is cut."""
    kinds = []
    try:
        while (heard := raw.hear()) is not None:
            kinds.append(heard[0])
    except ConnectionError:
        pass
    return kinds


@limit
def ping_every(visit: Visit) -> None:
    visit.serve(ping_every=0.1)
    raw = visit.raw("raw")
    assert raw.hear() == (PING, b"")


@limit
def silent_for(visit: Visit) -> None:
    visit.serve(ping_every=0.1, silent_for=0.3)
    raw = visit.raw("raw")
    assert _frame_kinds(raw) == [PING]
    log = visit.server.directory.rooms["dots"].log
    wait_for(lambda: visit.server.ask(lambda: not log.state.players["raw"].here), what="it is away")


# ---------------------------------------------------------------- what is kept


def _skips(visit: Visit, commands: int, size: int) -> bool:
    """Whether a player who missed so many commands has skipped."""
    red, blue = visit.join("red"), visit.join("blue")
    blue.drop()
    red.hear_next("away")
    for n in range(1, commands + 1):
        red.say(t="do", n=n, c="x", a=["x" * size])
    for _ in range(commands):
        red.hear_next("do")
    again = visit.knock()
    again.hello("blue", resume={"session": blue.session, "seen": 2})
    return again.hear()["t"] == "skipped"


@limit
def kept_entries(visit: Visit) -> None:
    visit.serve(kept_entries=10)
    assert _skips(visit, 50, 1)


@limit
def kept_bytes(visit: Visit) -> None:
    visit.serve(kept_bytes=10_000)
    assert _skips(visit, 50, 500)


@limit
def kept_total(visit: Visit) -> None:
    visit.serve(kept_total=5_000)
    red = visit.join("red")
    for n in range(1, 51):
        red.say(t="do", n=n, c="x", a=["x" * 500])
    for _ in range(50):
        red.hear_next("do")
    directory = visit.server.directory
    wait_for(
        lambda: visit.server.ask(lambda: directory.rooms["dots"].log.size) <= 5_500, what="old entries are forgotten"
    )


# ---------------------------------------------------------------- what is kept on disk


def _act(visit: Visit, room: str, commands: int, size: int) -> None:
    """Somebody sends so many commands of so many bytes, which come back, and leaves for good."""
    red = visit.join("red", room)
    for n in range(1, commands + 1):
        red.say(t="do", n=n, c="x", a=["x" * size])
        red.hear_next("do")
    red.socket.close(1000)


@limit
def keep_entries(visit: Visit) -> None:
    visit.keep(keep_entries=20)
    _act(visit, "dots", 200, 1)
    entries = "SELECT max(last) - min(first) + 1 FROM batches"
    wait_for(lambda: 20 <= (visit.kept(entries)[0] or 0) <= 100, what="old entries are forgotten")


@limit
def keep_bytes(visit: Visit) -> None:
    visit.keep(keep_bytes=5_000)
    _act(visit, "dots", 200, 100)
    size = "SELECT sum(length(lines)) FROM batches"
    wait_for(lambda: 5_000 <= (visit.kept(size)[0] or 0) <= 12_000, what="old entries are forgotten")


@limit
def keep_total(visit: Visit) -> None:
    visit.keep(keep_total=400_000)
    for count in range(12):
        _act(visit, f"room {count}", 20, 4_000)
    names = "SELECT name FROM rooms ORDER BY id"
    wait_for(lambda: "room 0" not in visit.kept(names), what="the oldest room is forgotten")
    assert visit.kept(names)[-1] == "room 11"


@limit
def keep_rooms(visit: Visit) -> None:
    visit.keep(keep_rooms=3)
    for count in range(6):
        _act(visit, f"room {count}", 1, 1)
    wait_for(lambda: visit.kept("SELECT count(*) FROM rooms") == [3], what="rooms are forgotten")


@limit
def keep_days(visit: Visit) -> None:
    visit.keep(keep_days=0.5 / 86_400)
    _act(visit, "old", 1, 1)
    visit.join("blue", "here").say(t="do", n=1, c="x")
    wait_for(lambda: visit.kept("SELECT name FROM rooms") == ["here"], what="the room is forgotten")


# ---------------------------------------------------------------- coming back


@limit
def resume_window(visit: Visit) -> None:
    visit.serve(resume_window=0.2, seat_kept=0.1)
    red, blue = visit.join("red"), visit.join("blue")
    blue.drop()
    red.hear_next("leave")
    known = visit.server.directory.rooms["dots"].sessions
    wait_for(lambda: visit.server.ask(lambda: "blue" not in known), what="blue's session is forgotten")
    assert "resumed" not in visit.knock().hello("blue", resume={"session": blue.session, "seen": 2})


@limit
def seat_kept(visit: Visit) -> None:
    visit.serve(seat_kept=0.1)
    red, blue = visit.join("red"), visit.join("blue")
    blue.drop()
    assert red.hear_next("away")["by"] == "blue"
    leave = red.hear_next("leave")
    assert (leave["by"], leave["why"]) == ("blue", "timeout")
    assert visit.knock().hello("blue", resume={"session": blue.session, "seen": 2})["resumed"]


@limit
def party_kept(visit: Visit) -> None:
    visit.serve(party_kept=0.1, room_players=2)
    ada = visit.knock()
    ada.say(t="hello", room="dots", name="Ada", v=[1, 2], meet={"party": 2})
    assert ada.hear_next("welcome")["ticket"]
    room = visit.server.directory.rooms["dots"]
    wait_for(lambda: visit.server.ask(lambda: room.free_seats == 1), what="the seat is free again")


# ---------------------------------------------------------------- how fast


@limit
def rate(visit: Visit) -> None:
    visit.serve(rate=50, burst=1)
    red = visit.join("red")
    began = time.monotonic()
    for n in range(1, 22):
        red.say(t="do", n=n, c="x")
    for _ in range(21):
        red.hear_next("do")
    assert time.monotonic() - began >= 0.35  # 20 of them waited for a fiftieth of a second each


@limit
def burst(visit: Visit) -> None:
    visit.serve(rate=0.01, burst=5)
    red = visit.join("red")
    for n in range(1, 10):
        red.say(t="do", n=n, c="x")
    assert [red.hear_next("do")["n"] for _ in range(5)] == [1, 2, 3, 4, 5]
    assert visit.logged() == 6
    red.drop()  # it is not heard for a while, and so would not be answered


# ---------------------------------------------------------------- who does not read


def _flood(visit: Visit) -> tuple[Foreign, Raw]:
    """A player for whom more waits than the system's buffers take, because it does not read."""
    red, stuck = visit.join("red"), visit.raw("stuck")
    peers = visit.server.directory.peers
    for n in range(1, 10_001):
        red.say(t="do", n=n, c="x", a=["x" * 50_000])
        red.hear_next("do")
        if visit.server.ask(lambda: any(peer.connection.behind for peer in peers)):
            return red, stuck
    raise AssertionError("it was never too much")


@limit
def unread(visit: Visit) -> None:
    visit.serve(unread=100_000)
    _flood(visit)
    peers = visit.server.directory.peers
    most = visit.server.ask(lambda: max(peer.connection.unread() for peer in peers))
    assert 100_000 < most < 300_000


@limit
def unread_for(visit: Visit) -> None:
    visit.serve(unread=1000, unread_for=60)
    red, _ = _flood(visit)
    visit.server.set_limits(unread_for=0.2)
    assert red.hear_next("away")["by"] == "stuck"


# ---------------------------------------------------------------- how many


@limit
def rooms(visit: Visit) -> None:
    visit.serve(rooms=2)
    visit.join("red", "one")
    visit.join("red", "two")
    client = visit.knock()
    client.say(t="hello", room="three")
    says(bye(client, "rooms-full", again=True), "rooms", 2, 2)
    plain = visit.plain()  # the starter room would be the third
    says(plain.hear(), "rooms", 2, 2)
    assert visit.rooms() == ["one", "two"]
    visit.join("blue", "one")


@limit
def room_players(visit: Visit) -> None:
    visit.serve(room_players=2)
    red, _ = visit.join("red"), visit.plain()
    client = visit.knock()
    client.say(t="hello", room="dots")
    says(bye(client, "room-full", again=True), "room_players", 2, 2)
    says(visit.plain().hear() and refused(red, t="do", n=1, c="x", to=["red"] * 3), "room_players", 3, 2)


@limit
def room_observers(visit: Visit) -> None:
    visit.serve(room_observers=2)
    visit.join("red")
    for _ in range(2):
        observer = visit.knock()
        observer.say(t="watch", room="dots")
        assert observer.hear()["t"] == "watching"
    client = visit.knock()
    client.say(t="watch", room="dots")
    says(bye(client, "watch-full", again=True), "room_observers", 2, 2)


def _one_too_many(visit: Visit, name: str) -> None:
    visit.serve(**{name: 2})
    visit.join("red")
    plain = visit.plain()
    plain.meet()
    says(bye(visit.knock(), "server-full", again=True), name, 2, 2)
    says(visit.plain().hear(), name, 2, 2)
    plain.close()
    wait_for(lambda: visit.server.ask(lambda: len(visit.server.directory.peers)) == 1, what="there is a place again")
    visit.join("blue")


@limit
def connections(visit: Visit) -> None:
    _one_too_many(visit, "connections")


@limit
def connections_address(visit: Visit) -> None:
    _one_too_many(visit, "connections_address")


@limit
def address_share(visit: Visit) -> None:
    visit.serve(room_players=10, address_share=0.1)
    players = [visit.join(f"p{number}") for number in range(10)]
    for player in players:
        player.say(t="do", n=1, c="x")
        player.hear_next("do")
    visit.raw("other", "127.0.0.2")
    assert "(setting: address-share)" in bye(players[-1], "room-full", again=True)


@limit
def address_time(visit: Visit) -> None:
    """An address that has spent its time and more is not heard; another gets in."""
    visit.serve(address_time=0.01)
    visit.join("red")

    def overspend() -> float:
        return visit.server.directory.accounts.charge("127.0.0.1", 1e9, time.monotonic())

    def page(address: str) -> bytes:
        with socket.create_connection(("127.0.0.1", visit.server.port), 10, (address, 0)) as client:
            try:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                return client.recv(15)
            except ConnectionError:
                return b""

    assert page("127.0.0.1") == b"HTTP/1.1 200 OK"
    assert visit.server.ask(overspend) > 2
    assert page("127.0.0.1") == b""
    assert page("127.0.0.2") == b"HTTP/1.1 200 OK"


@limit
def address_burst(visit: Visit) -> None:
    """Who has used it up waits; with more of it, the same is done at once."""
    for burst, waits in ((0.001, True), (0.1, False)):
        visit.serve(address_time=0.1, address_burst=burst)
        accounts = visit.server.directory.accounts
        told = visit.server.ask(lambda a=accounts: a.charge("127.0.0.1", 50_000, time.monotonic()))  # type: ignore[misc]
        assert (told > 0) is waits
        visit.join("red")  # later


# ---------------------------------------------------------------- how large


@limit
def player_state(visit: Visit) -> None:
    visit.serve(player_state=50)
    says(refused(visit.join("red"), t="set", n=1, of="me", p={"k": "x" * 60}), "player_state", 68, 50)


@limit
def room_state(visit: Visit) -> None:
    visit.serve(room_state=50)
    says(refused(visit.join("red"), t="set", n=1, of="room", p={"k": "x" * 60}), "room_state", 68, 50)


class Clocks(Room):
    relays = ("on",)

    def on_wind(self, player: Player, many: int) -> None:
        for _ in range(many):
            self.after(60, self.ring)

    def ring(self) -> None: ...


@limit
def room_timers(visit: Visit) -> None:
    visit.serve(kinds=ruled_kinds({"dots": Clocks}), room_timers=5)
    red = visit.knock()
    red.hello("red", v=VERSIONS)
    says(refused(red, t="do", n=1, c="wind", a=[6]), "room_timers", 6, 5)


class Waiting(Room):
    relays = ("on",)

    async def on_wait(self, player: Player) -> None:
        await asyncio.sleep(3600)


@limit
def handler_time(visit: Visit) -> None:
    visit.serve(kinds=ruled_kinds({"dots": Waiting}, []), handler_time=0.05)
    red = visit.knock()
    red.hello("red", v=VERSIONS)
    says(refused(red, t="do", n=1, c="wait", a=[]), "handler_time", 0.05, 0.05)


class Fetching(Room):
    relays = ("on",)

    def on_fetch(self, player: Player, many: int) -> None:
        for _ in range(many):
            self.background(asyncio.sleep(3600), otherwise=self.failed)

    def failed(self, error: Exception) -> None:
        raise error


@limit
def room_background(visit: Visit) -> None:
    visit.serve(kinds=ruled_kinds({"dots": Fetching}, []), room_background=5)
    red = visit.knock()
    red.hello("red", v=VERSIONS)
    says(refused(red, t="do", n=1, c="fetch", a=[6]), "room_background", 6, 5)


@limit
def background_time(visit: Visit) -> None:
    told: list[str] = []
    visit.serve(kinds=ruled_kinds({"dots": Fetching}, told), background_time=0.05)
    red = visit.knock()
    red.hello("red", v=VERSIONS)
    red.say(t="do", n=1, c="fetch", a=[1])
    wait_for(lambda: told, what="what the maker is told")
    says(told[0], "background_time", 0.05, 0.05)


class Door(Room):
    @staticmethod
    async def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
        await asyncio.sleep(float(credential or 0))
        return True


def asks(visit: Visit, credential: str) -> Foreign:
    client = visit.knock()
    client.say(t="hello", room="dots", v=VERSIONS, credential=credential)
    return client


@limit
def auth_time(visit: Visit) -> None:
    visit.serve(kinds=ruled_kinds({"dots": Door}, []), auth_time=0.05)
    says(bye(asks(visit, "3600"), "auth-late", again=True), "auth_time", 0.05, 0.05)


@limit
def auth_at_once(visit: Visit) -> None:
    visit.serve(kinds=ruled_kinds({"dots": Door}, []), auth_at_once=1)
    first, second = asks(visit, "3600"), asks(visit, "0")
    line = visit.server.directory.auth
    wait_for(lambda: visit.server.ask(lambda: (len(line), line.running)) == (2, 1))
    first.drop()
    assert second.hear()["t"] == "welcome"


@limit
def credential_size(visit: Visit) -> None:
    visit.serve(kinds=ruled_kinds({"dots": Door}, []), credential_size=3)
    says(bye(asks(visit, "0.00"), "too-big", again=False), "credential_size", 4, 3)


@limit
def state_total(visit: Visit) -> None:
    visit.serve(state_total=5_000)
    red, blue = visit.join("red", "one"), visit.join("blue", "two")
    red.say(t="set", n=1, of="room", p={"k": "x" * 3000})
    red.hear_next("set")
    says(refused(blue, t="set", n=1, of="me", p={"k": "x" * 3000}), "state_total", r"\d+", 5_000)


@limit
def world_size(visit: Visit) -> None:
    visit.serve(world_size=50)
    visit.monkeypatch.setattr(worlds, "EVERY", 0.1)
    red = visit.join("red")
    red.say(t="begin")
    asked = red.hear_next("save")
    assert (asked["most"], asked["whole"]) == (50, True)


# ---------------------------------------------------------------- how long things last


@limit
def empty_room(visit: Visit) -> None:
    visit.serve(empty_room=0.1)
    red = visit.join("red")
    assert visit.rooms() == ["dots"]
    red.socket.close(1000)
    wait_for(lambda: not visit.rooms(), what="the empty room is gone")


@limit
def drain(visit: Visit) -> None:
    """A server that closes lets those read who still read, up to the bye, but for no longer than `drain`."""
    visit.monkeypatch.setattr(driver, "SWEEP_EVERY", 1.0)
    for module, name in ((driver, "CLOSE_WITHIN"), (connection_timers, "CLOSE_ANSWER_WITHIN")):
        visit.monkeypatch.setattr(module, name, 0.05)
    for seconds, reads in ((60, True), (0.2, False)):
        visit.serve(unread=1000, drain=seconds, unread_for=100)
        _, slow = _flood(visit)
        began = time.monotonic()
        closing = asyncio.run_coroutine_threadsafe(visit.server.close(), visit.server._loop)
        wait_for(lambda began=began: time.monotonic() - began > 0.4, what="others would have been cut off by now")  # type: ignore[misc]
        if reads:
            assert not closing.done()
        else:
            closing.result(10)
        said = []
        try:
            while (heard := slow.hear()) is not None:
                said.append(heard[1])
                if heard[0] == CLOSE:
                    slow.send(heard[1][:2], CLOSE)
        except (ConnectionError, struct.error):
            pass  # cut off in the middle of a frame
        assert any(b'"code":"closing"' in one for one in said) is reads
        closing.result(10)


@limit
def pace(visit: Visit) -> None:
    visit.serve(pace=0.2)
    red = visit.join("red")
    for n in range(1, 51):
        red.say(t="do", n=n, c="x")
    frames = []
    while sum(frame.count('"t":"do"') for frame in frames) < 50:
        frames.append(str(red.socket.recv(timeout=10)))
    assert len(frames) < 50  # not each by itself
