"""Every limit, one after the other: it holds, and where it refuses, the sentence says all that one needs to change it.

A limit without its test here fails `test_every_limit_has_its_test`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

import pytest

from roomcast.core.protocol.limits import Limits, flag
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import (
    VERSIONS,
    BeginRequest,
    Bye,
    Entry,
    Error,
    Hello,
    Save,
    SavedWorld,
    Skipped,
    Turn,
    Welcome,
)
from roomcast.core.protocol.observer_messages import Watch
from roomcast.core.room.shared_map import values_of
from roomcast.core.room.worlds import ANSWER_WITHIN, EVERY
from roomcast.errors import Refused
from roomcast.server import Player, Room
from roomcast.server.async_handlers import AsyncHandlers
from roomcast.server.auth_runner import AuthRunner
from roomcast.testing.playtest_loop import PlaytestLoop
from tests.core.fakes import House, Program, act
from tests.rules.kinds import ruled_kinds
from tests.storage import retained

HELD: Final[dict[str, Callable[[], None]]] = {}
"""By the limit's name, what shows that it holds."""


def limit(function: Callable[[], None]) -> Callable[[], None]:
    HELD[function.__name__] = function
    return function


def test_every_limit_has_its_test() -> None:
    assert list(HELD) == [one.name for one in fields(Limits)]


@pytest.mark.parametrize("name", [one.name for one in fields(Limits)])
def test_it_holds(name: str) -> None:
    HELD[name]()


# ---------------------------------------------------------------- what a refusal must say


def says(message: str, name: str, met: float, most: float) -> None:
    """The sentence names the limit, the value that was met, and the setting."""
    unit = Limits.__dataclass_fields__[name].metadata["unit"]
    assert re.search(rf": {met} where the limit is {most} {unit} \(setting: {flag(name)}\)$", message), message


def ended(program: Program) -> Bye:
    """What was said at the end; an error before it says the same."""
    heard = program.hear()
    bye = heard[-1]
    assert isinstance(bye, Bye)
    errors = [one for one in heard if isinstance(one, Error)]
    assert all((one.code, one.message) == (bye.code, bye.message) for one in errors)
    assert program.connection.closed is not None
    return bye


def after(house: House, program: Program, *kinds: type[Any]) -> list[Any]:
    house.flush()
    return [one for one in program.hear() if isinstance(one, kinds)]


# ---------------------------------------------------------------- what comes in


@limit
def message_size() -> None:
    house = House(message_size=100)
    ada = house.join("Ada")
    ada.say(b'{"t":"do","n":1,"c":"x"}'.ljust(100))
    assert len(after(house, ada, Entry)) == 1
    ada.say(b" " * 101)
    bye = ended(ada)
    says(bye.message, "message_size", 101, 100)
    assert bye.code == "too-big"
    lines = house.join_by_lines()
    lines.hear()
    lines.say("x" * 101)
    (line,) = lines.hear()
    says(line, "message_size", 101, 100)


@limit
def json_depth() -> None:
    house = House(json_depth=10, message_size=10_000)
    ada = house.join("Ada")
    ada.say(b'{"t":"do","n":1,"c":"x","a":' + b"[" * 9 + b"]" * 9 + b"}")
    assert len(after(house, ada, Entry)) == 1
    ada.say(b'{"t":"do","n":2,"c":"x","a":' + b"[" * 10 + b"]" * 10 + b"}")
    bye = ended(ada)
    says(bye.message, "json_depth", 11, 10)
    assert bye.code == "too-big"


@limit
def json_values() -> None:
    house = House(json_values=10, message_size=10_000)
    ada = house.join("Ada")
    ada.say(b'{"t":"do","n":1,"c":"x","a":[1,"2,[,{",[],{ },null]}')  # the message, its four, and five in one of these
    assert len(after(house, ada, Entry)) == 1
    ada.say(b'{"t":"do","n":2,"c":"x","a":[1,"2,[,{",[],{ },{"k":3}]}')
    bye = ended(ada)
    says(bye.message, "json_values", 11, 10)
    assert bye.code == "too-big"
    lines = house.join_by_lines()
    lines.hear()
    lines.say("draw" + " 1" * 11 + "\n")
    (line,) = lines.hear()
    says(line, "json_values", 11, 10)


@limit
def json_digits() -> None:
    house = House(json_digits=20, message_size=10_000)
    ada = house.join("Ada")
    ada.say(
        b'{"t":"do","n":1,"c":"x","a":[%s,-%s.%se%s,"%s"]}' % (b"1" * 20, b"2" * 20, b"3" * 20, b"0" * 20, b"4" * 30)
    )
    assert len(after(house, ada, Entry)) == 1
    for n, message in enumerate((b'"t":"do","c":"x","a":[[%s]]', b'"t":"set","of":"me","p":{"x":-%s}'), 2):
        ada.say((b'{"n":%d,' + message + b"}") % (n, b"9" * 21))
        (error,) = after(house, ada, Error)
        says(error.message, "json_digits", 21, 20)
        assert (error.code, error.n) == ("bad-argument", n)
    ada.say(b'{"t":"do","n":4,"c":"x"}')
    assert len(after(house, ada, Entry)) == 1, "the refused ones have used up their numbers"
    stranger = house.knock()
    stranger.say(b'{"t":"hello","room":"dots","v":[1,%s]}' % (b"1" * 21))
    bye = ended(stranger)
    assert bye.code == "bad-argument"


@limit
def name_length() -> None:
    house = House(name_length=5)
    for hello in (Hello("a" * 6, "Ada"), Hello("dots", "a" * 6)):
        stranger = house.knock()
        stranger.say(hello)
        bye = ended(stranger)
        says(bye.message, "name_length", 6, 5)
        assert bye.code == "bad-name"
    assert house.directory.rooms == {}
    ada = house.join("a\u0308" * 5)  # composed, it has five
    ada.do("b" * 5)
    ada.do("b" * 6)
    error, entry = after(house, ada, Error, Entry)
    assert entry.c == "bbbbb"
    says(error.message, "name_length", 6, 5)
    assert (error.code, error.n) == ("bad-name", 2)


@limit
def hello_within() -> None:
    house = House(hello_within=3)
    stranger = house.knock()
    house.wait(3)
    assert stranger.connection.closed is None
    house.wait(1)
    bye = ended(stranger)
    says(bye.message, "hello_within", 4, 3)
    assert (bye.code, bye.again) == ("hello-late", 0.5)


# ---------------------------------------------------------------- signs of life


@limit
def ping_every() -> None:
    house = House(ping_every=3, silent_for=100)
    ada = house.join("Ada")
    house.wait(4)
    assert ada.connection.pings == 0
    house.wait(1)
    assert ada.connection.pings == 1
    house.wait(10)
    assert 2 <= ada.connection.pings <= 4


@limit
def silent_for() -> None:
    house = House(ping_every=3, silent_for=6)
    ada = house.join("Ada")
    ada.connection.answers_pings = False
    house.wait(7)
    assert not ada.connection.aborted
    house.wait(2)
    assert ada.connection.aborted


# ---------------------------------------------------------------- what is kept


def _missed(count: int, size: int = 1, **limits: Any) -> list[Any]:
    """What a player hears who missed so many commands."""
    house = House(rate=1e6, burst=1_000_000, **limits)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.gone()
    for _ in range(count):
        ada.do("x", "x" * size)
        house.flush()
    return after(house, house.come_back(alan), Skipped)


@limit
def kept_entries() -> None:
    assert _missed(5, kept_entries=10) == []
    assert len(_missed(50, kept_entries=10)) == 1


@limit
def kept_bytes() -> None:
    assert _missed(5, size=300, kept_bytes=10_000) == []
    assert len(_missed(50, size=300, kept_bytes=10_000)) == 1


@limit
def kept_total() -> None:
    house = House(kept_total=20_000, rate=1e6, burst=1_000_000)
    rooms = [house.join("Ada", room=f"room{number}") for number in range(4)]
    for ada in rooms:
        for _ in range(40):
            ada.do("x", "x" * 200)
    house.flush()
    assert sum(room.log.size for room in house.directory.rooms.values()) > 40_000
    house.wait(1)
    assert sum(room.log.size for room in house.directory.rooms.values()) <= 20_000 * 1.1


# ---------------------------------------------------------------- coming back


for on_disk in (
    retained.keep_entries,
    retained.keep_bytes,
    retained.keep_total,
    retained.keep_rooms,
    retained.keep_days,
):
    limit(on_disk)


@limit
def resume_window() -> None:
    for seconds, known in ((20, True), (22, False)):
        house = House(resume_window=21, seat_kept=5)
        ada = house.join("Ada")
        ada.gone()
        house.wait(seconds)
        (welcome,) = after(house, house.come_back(ada), Welcome)
        assert welcome.resumed is known


@limit
def seat_kept() -> None:
    house = House(seat_kept=5)
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.gone()
    house.wait(4)
    assert "Ada" in house.room().state.players
    house.wait(1)
    assert "Ada" not in house.room().state.players
    assert alan.hear_entries()[-1].why == "timeout"  # type: ignore[union-attr]


@limit
def party_kept() -> None:
    house = House(party_kept=5, room_players=2)
    house.knock().say(Hello("dots", "Ada", meet=Meet(party=2)))
    house.wait(4)
    assert house.room().free_seats == 0
    house.wait(1)
    assert house.room().free_seats == 1


# ---------------------------------------------------------------- how fast


@limit
def rate() -> None:
    house = House(rate=10, burst=1)
    ada = house.join("Ada")
    waits = [ada.peer.receive(b'{"t":"do","n":%d,"c":"x"}' % n, house.now) for n in (1, 2)]
    assert waits == [0, pytest.approx(0.1)]
    assert house.room().log.last == 2  # the second waits
    house.now += 0.1
    ada.peer.read_on(house.now)
    assert house.room().log.last == 3


@limit
def burst() -> None:
    house = House(rate=10, burst=5)
    ada = house.join("Ada")
    ada.say(*(act(n, "x") for n in range(1, 10)))
    assert house.room().log.last == 1 + 5


# ---------------------------------------------------------------- who does not read


@limit
def unread() -> None:
    """It is the transport that watches: it is told the limit, and the core leaves who is over it to its cursor."""
    house = House(unread=1000, rate=1e6, burst=1_000_000)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.connection.stop_reading()
    for _ in range(50):
        ada.do("x", "x" * 100)
        house.flush()
    assert alan.connection.unread() <= 1000 + 300
    alan.connection.read_on()
    house.flush()
    alan.hear()
    assert alan.seq == ada.peer.room.log.last  # type: ignore[union-attr]


@limit
def unread_for() -> None:
    house = House(unread=100, unread_for=5, silent_for=1000)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.connection.stop_reading()
    ada.do("x", "x" * 200)
    house.wait(6)
    assert not alan.connection.aborted
    house.wait(2)
    assert alan.connection.aborted


# ---------------------------------------------------------------- how many


@limit
def rooms() -> None:
    house = House(rooms=2, empty_room=5)
    house.join("Ada", room="one")
    two = house.join("Ada", room="two")
    stranger = house.knock()
    stranger.hello("three", "Ada")
    bye = ended(stranger)
    says(bye.message, "rooms", 2, 2)
    assert (bye.code, bye.again) == ("rooms-full", 0.5)
    house.join("Grace", room="one")  # one may always enter a room that is there
    two.gone(clean=True)
    house.wait(7)
    house.join("Ada", room="three")


@limit
def room_players() -> None:
    house = House(room_players=2)
    ada, _ = house.join("Ada"), house.join("Alan")
    stranger = house.knock()
    stranger.hello("dots", "Grace")
    bye = ended(stranger)
    says(bye.message, "room_players", 2, 2)
    assert (bye.code, bye.again) == ("room-full", 0.5)
    ada.do("x", to=("Ada", "Alan", "Ada"))
    (error,) = ada.hear_errors()
    says(error.message, "room_players", 3, 2)


@limit
def room_observers() -> None:
    house = House(room_observers=2)
    for _ in range(2):
        house.knock().say(Watch("dots"))
    stranger = house.knock()
    stranger.say(Watch("dots"))
    bye = ended(stranger)
    says(bye.message, "room_observers", 2, 2)
    assert (bye.code, bye.again) == ("watch-full", 0.5)


@limit
def connections() -> None:
    house = House(connections=2)
    for number in range(2):
        house.knock(f"10.0.0.{number}")
    with pytest.raises(Refused) as refused:
        house.knock("10.0.0.9")
    says(refused.value.message, "connections", 2, 2)
    assert refused.value.code == "server-full"


@limit
def connections_address() -> None:
    house = House(connections_address=2)
    first = house.knock("10.0.0.1")
    house.knock("10.0.0.1")
    with pytest.raises(Refused) as refused:
        house.knock("10.0.0.1")
    says(refused.value.message, "connections_address", 2, 2)
    assert "10.0.0.1" in refused.value.message
    house.knock("10.0.0.2")
    first.gone()
    house.knock("10.0.0.1")


@limit
def address_share() -> None:
    """In a full room, an address with more than its share gives up a seat for another address."""
    house = House(room_players=20, address_share=0.5)
    players = [house.join(f"p{number}") for number in range(20)]
    for player in players:
        player.do("x")
    house.flush()
    for number in range(10):
        assert house.join("Ada", address=f"10.0.1.{number}").welcome
    bye = players[-1].hear_bye()
    assert (bye.code, bye.again) == ("room-full", 0.5)
    assert bye.message.endswith("your address have more than their share of its seats (setting: address-share)")
    late = house.knock("10.0.2.1")
    late.hello(name="Late")
    assert late.hear_bye().code == "room-full"
    assert not any(player.connection.ended for player in players[:10])


@limit
def address_time() -> None:
    """Who takes too much of the server's time is refused for a while; the others are not."""
    house = House(address_time=0.25)
    house.directory.accounts.charge("10.0.0.1", 1.25e6, house.now)
    with pytest.raises(Refused) as refused:
        house.directory.admission.accept("10.0.0.1", house.now)
    assert refused.value.code == "server-full"
    assert "10.0.0.1 uses more" in refused.value.message
    assert "the 0.25 of a processor" in refused.value.message
    assert refused.value.message.endswith("try again in 4 s (setting: address-time)")
    house.directory.admission.accept("10.0.0.2", house.now)
    house.now += 3
    house.directory.admission.accept("10.0.0.1", house.now)


@limit
def address_burst() -> None:
    house = House(address_burst=0.5, address_time=0.25)
    charge = house.directory.accounts.charge
    assert charge("10.0.0.1", 500_000, house.now) == 0
    assert charge("10.0.0.1", 250_000, house.now) == pytest.approx(1.0)
    assert charge("10.0.0.2", 500_000, house.now) == 0


# ---------------------------------------------------------------- how large


def _state(of: str, name: str) -> None:
    house = House(**{name: 50})
    ada = house.join("Ada")
    ada.set(of, {"k": "x" * 40})
    ada.set(of, {"j": "y" * 20})
    error, first = after(house, ada, Error, Entry)
    assert values_of(first.p) == {"k": "x" * 40}
    says(error.message, name, len('{"k":"","j":""}') + 60, 50)
    assert (error.code, error.n) == ("state-full", 2)
    assert ada.state == house.room().state


@limit
def player_state() -> None:
    _state("me", "player_state")


@limit
def room_state() -> None:
    _state("room", "room_state")


class Clocks(Room):
    def on_wind(self, player: Player, many: int) -> None:
        for _ in range(many):
            self.after(60, self.ring)

    def ring(self) -> None: ...


@limit
def room_timers() -> None:
    house = House(kinds=ruled_kinds({"dots": Clocks}), room_timers=5)
    ada = house.join("Ada")
    for many in (3, 3, 2):
        ada.do("wind", many)
    (error,) = after(house, ada, Error)
    says(error.message, "room_timers", 6, 5)
    assert (error.code, error.n) == ("state-full", 2)


class Waiting(Room):
    async def on_wait(self, player: Player, seconds: float) -> None:
        await asyncio.sleep(seconds)


@limit
def handler_time() -> None:
    runs = AsyncHandlers()
    house = House(kinds=ruled_kinds({"dots": Waiting}, []), runs=runs, handler_time=2)
    loop = PlaytestLoop(lambda: house.now)
    runs.serve(house.directory, loop, lambda: house.now)
    ada = house.join("Ada")
    for n, seconds in enumerate((1.5, 2.5), 1):
        ada.do("wait", seconds)
        for _ in range(30):
            loop.turn()
            house.now += 0.1
        heard = after(house, ada, Error)
        assert len(heard) == n - 1
    says(heard[0].message, "handler_time", 2, 2)
    assert (heard[0].code, heard[0].n) == ("rules-failed", 2)


class Fetching(Room):
    def on_fetch(self, player: Player, many: int, seconds: float) -> None:
        for _ in range(many):
            self.background(asyncio.sleep(seconds), otherwise=self.failed)

    def failed(self, error: Exception) -> None:
        self.emit("failed", str(error))


def fetching_house(**limits: int) -> tuple[House, PlaytestLoop]:
    runs = AsyncHandlers()
    house = House(kinds=ruled_kinds({"dots": Fetching}, []), runs=runs, **limits)
    loop = PlaytestLoop(lambda: house.now)
    runs.serve(house.directory, loop, lambda: house.now)
    return house, loop


@limit
def room_background() -> None:
    house, loop = fetching_house(room_background=5)
    ada = house.join("Ada")
    for many in (3, 3, 2):
        ada.do("fetch", many, 10)
    (error,) = after(house, ada, Error)
    says(error.message, "room_background", 6, 5)
    assert (error.code, error.n) == ("state-full", 2)
    loop.turn()


@limit
def background_time() -> None:
    house, loop = fetching_house(background_time=2)
    ada = house.join("Ada")
    heard: list[str] = []
    for seconds, fails in ((1.5, False), (2.5, True)):
        ada.do("fetch", 1, seconds)
        for _ in range(30):
            house.flush()
            loop.turn()
            house.now += 0.1
        turns = [one for one in after(house, ada, Turn) if one.x is not None]
        heard += [bytes(event.a).decode() for turn in turns for event in turn.x.e]
        assert bool(heard) is fails
    says(json.loads(heard[0])[0], "background_time", 2, 2)


class Door(Room):
    @staticmethod
    async def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
        await asyncio.sleep(float(credential or 0))
        return True


def door(**limits: Any) -> tuple[House, PlaytestLoop]:
    runner = AuthRunner()
    house = House(kinds=ruled_kinds({"dots": Door}, []), auth_runs=runner, **limits)
    loop = PlaytestLoop(lambda: house.now)
    runner.serve(house.directory.auth, loop, lambda: house.now, house.directory.limits.auth_time)
    return house, loop


def asked(house: House, loop: PlaytestLoop, seconds: float, *programs: Program) -> list[list[Any]]:
    """Let so much time pass; what each has heard in it."""
    for _ in range(round(seconds / 0.1)):
        loop.turn()
        house.now += 0.1
    house.directory.sweep(house.now)
    return [after(house, one, Welcome, Error, Bye) for one in programs]


def comes(house: House, credential: str) -> Program:
    program = house.knock()
    program.say(Hello("dots", "Ada", VERSIONS, credential=credential))
    return program


@limit
def auth_time() -> None:
    house, loop = door(auth_time=2)
    welcome, late = asked(house, loop, 3, comes(house, "1.5"), comes(house, "2.5"))
    assert [type(one) for one in welcome] == [Welcome]
    says(late[0].message, "auth_time", 2, 2)
    assert (late[1].code, late[1].again) == ("auth-late", 0.5)


@limit
def auth_at_once() -> None:
    house, loop = door(auth_at_once=2, auth_time=5)
    many = [comes(house, "3.0") for _ in range(6)]
    assert house.directory.auth.running == 2
    assert sum(map(bool, asked(house, loop, 3.5, *many))) == 2
    assert house.directory.auth.running == 2
    heard = asked(house, loop, 2, *many[4:])
    says(heard[0][0].message, "auth_time", 5.5, 5)
    assert heard[1][1].code == "auth-late"


@limit
def credential_size() -> None:
    house, loop = door(credential_size=6)
    heard = asked(house, loop, 1, comes(house, "0.0000"), comes(house, "0.00000"), comes(house, "1ééé"))
    assert [type(one) for one in heard[0]] == [Welcome]
    for one in heard[1:]:
        says(one[0].message, "credential_size", 7, 6)
        assert one[1].code == "too-big"


@limit
def state_total() -> None:
    house = House(state_total=3000)
    ada, alan = house.join("Ada", room="one"), house.join("Alan", room="two")
    ada.set("room", {"k": "x" * 1000})
    alan.set("me", {"k": "y" * 1000})
    (error,) = after(house, alan, Error, Entry)
    held = house.directory.state_total.held
    grows_by = len('{"k":""}') + 1000 - len("{}")
    says(error.message, "state_total", held + grows_by, 3000)
    assert (error.code, error.n) == ("state-full", 1)
    ada.set("room", {"k": None})
    alan.set("me", {"k": "y" * 1000})
    assert [values_of(one.p) for one in after(house, alan, Entry)] == [{"k": "y" * 1000}]


@limit
def world_size() -> None:
    """The room takes no larger world, and says so before it is sent."""
    house = House(world_size=50)
    ada = house.join("Ada")
    ada.say(BeginRequest())
    house.flush()
    house.wait(EVERY + 1)
    *_, asked = after(house, ada, Save)
    assert (asked.most, asked.whole) == (50, True)
    text = "x" * 60
    ada.say(SavedWorld(asked.s, hashlib.sha256(text.encode()).hexdigest(), text))
    house.wait(ANSWER_WITHIN + 1)
    assert house.room()._worlds.newest is None


# ---------------------------------------------------------------- how long things last


@limit
def empty_room() -> None:
    house = House(empty_room=5)
    house.join("Ada").gone(clean=True)
    house.wait(5)
    assert list(house.directory.rooms) == ["dots"]
    house.wait(1)
    assert house.directory.rooms == {}


@limit
def drain() -> None:
    """Who is sent away and still reads what waits is given time; who does not read is given none."""
    house = House(drain=10, unread=100)
    slow, stuck = house.join("Slow"), house.join("Stuck")
    for one in (slow, stuck):
        one.connection.stop_reading()
    house.join("Ada").do("x", "x" * 5000)
    house.flush()
    house.directory.close("the server is closing", house.now)
    house.wait(9, also=lambda: slow.connection.read_some(1))
    assert stuck.connection.aborted
    assert not slow.connection.aborted
    house.wait(3, also=lambda: slow.connection.read_some(1))
    assert slow.connection.aborted


@limit
def pace() -> None:
    house = House(pace=0.5)
    ada = house.join("Ada")
    house.now += 1
    ada.do("x")
    assert house.directory.flush(house.now) is None  # at once
    ada.do("x")
    assert house.directory.flush(house.now) == house.now + 0.5
    assert len(ada.hear_entries()) == 1
    house.now += 0.5
    house.directory.flush(house.now)
    assert len(ada.hear_entries()) == 1
