"""An exception at each place where it may come from: it ends what it must, and nobody else notices."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.core.protocol.messages import Bye, Do
from roomcast.core.protocol.observer_messages import Watching
from roomcast.core.room.commit_log import Level
from roomcast.core.room.feed import Feed
from roomcast.core.room.room import Room
from roomcast.core.room.seats import Seats
from roomcast.core.server.failures import Failures
from roomcast.storage.memory import EphemeralStore
from tests.core.fakes import House, Program, codes
from tests.core.keeping import KEPT, house_of
from tests.core.looking import look
from tests.core.opening import opened, waiting
from tests.core.server.injections import INJECTIONS, Injection, Patch, Scene, closes_the_room


@pytest.mark.parametrize("pace", [0.004, 0.0])
@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda one: one.name)
def test_nobody_else_notices(injection: Injection, pace: float, monkeypatch: Patch) -> None:
    scene = Scene(pace=pace)
    house = scene.house
    scene.eve.do("before")  # its flush waits in the same turn as that of the room that fails
    with monkeypatch.context() as patch:
        injection.plant(patch, scene)
        injection.act(scene)
        house.flush()
        for _ in range(3):
            house.wait(1.0)
    assert scene.reported, "nothing was reported"
    assert all(error.__traceback__ is not None for _, error in scene.reported)

    # The other room: everything came, in order, to everyone; nobody was told anything.
    scene.bob.do("after")
    house.flush()
    for one in (scene.eve, scene.bob):
        heard = one.hear()
        assert [message.c for message in heard if isinstance(message, Do)] == ["before", "after"]
        assert not any(isinstance(message, Bye) for message in heard)
    assert not any(isinstance(message, Bye) for message in scene.chess_watcher.hear())

    if injection.ends == "room":
        assert house.directory.rooms.get("dots") is not scene.dots
        assert codes(scene.alan)[-1:] == ["Bye room-broken"]
        assert scene.alan.connection.closed == (1001, "room-broken")
        assert any("something in the server failed" in line for line in scene.joan.hear())
    elif injection.ends == "connection":
        assert house.directory.rooms["dots"] is scene.dots
        assert scene.ada.connection.ended
        assert not scene.alan.connection.ended
        assert not scene.joan.connection.ended
        scene.alan.do("still")
        house.flush()
        assert [message.c for message in scene.alan.hear() if isinstance(message, Do)][-1:] == ["still"]
    else:
        assert scene.watcher.connection.ended == (injection.ends == "observers" or scene.watcher.connection.aborted)
        if injection.act is not closes_the_room:
            assert house.directory.rooms["dots"] is scene.dots
            assert not scene.ada.connection.ended
            scene.alan.do("still")
            house.flush()
            assert [message.c for message in scene.ada.hear() if isinstance(message, Do)][-1:] == ["still"]

    # The server goes on: newcomers, a new room of that name where it was closed, and those who watch.
    grace, mary = house.join("Grace", "chess"), house.join("Mary")
    mary.do("hello")
    house.flush()
    assert [message.c for message in mary.hear() if isinstance(message, Do)] == ["hello"]
    assert grace.welcome is not None
    again = look(house)
    house.wait(1.0)
    assert again.all(Watching)
    _nobody_is_left(scene, [grace, mary, again])


def _nobody_is_left(scene: Scene, newcomers: list[Program]) -> None:
    """When all have gone, nothing is kept of anyone, and the room that failed is not kept alive by anything."""
    house = scene.house
    everyone = [
        scene.ada, scene.alan, scene.joan, scene.eve, scene.bob, scene.watcher, scene.chess_watcher, *newcomers
    ]  # fmt: skip
    for one in list(house.directory.peers):
        one.gone(house.now, clean=True)
    house.wait(300.0)
    directory = house.directory
    assert not directory.peers
    assert not directory.rooms
    assert not len(directory.accounts)
    assert not directory._waiting
    assert not directory._observers._rooms
    assert not directory._flushes._changed
    assert not directory._flushes._paced
    everyone.clear()


def test_a_room_that_failed_is_forgotten_by_everything(monkeypatch: Patch) -> None:
    house = House(failures=Failures(lambda what, error: None))
    ada = house.join("Ada")
    broken = weakref.ref(house.room())
    monkeypatch.setattr(Feed, "flush", _raises)
    ada.do("move")
    house.flush()
    ada.gone()
    del ada
    gc.collect()
    assert broken() is None


def _raises(*args: Any) -> None:
    raise RuntimeError("planted")


# ---------------------------------------------------------------------- opening rooms, and what is kept of them


@pytest.mark.parametrize(
    ("owner", "name"),
    [(EphemeralStore, "open"), (Room, "__init__"), (Seats, "__init__")],
    ids=["store", "room", "seats"],
)
def test_a_room_whose_opening_raises_is_refused(owner: Any, name: str, monkeypatch: Patch) -> None:
    reported: list[str] = []
    house = House(failures=Failures(lambda what, error: reported.append(what)))
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _raises)
        for _ in range(3):
            program = house.knock()
            program.hello("dots", "Ada")
            assert codes(program) == ["Error room-broken", "Bye room-broken"]
            program.gone()
    assert reported == ["in the room 'dots': it could not be opened"], "once, and not three times"
    assert house.directory.failures.count == 3
    assert house.join("Ada").welcome is not None


@pytest.mark.parametrize("level", KEPT)
def test_a_kept_room_opens_again_as_it_was_kept(level: Level, monkeypatch: Patch) -> None:
    house, _ = house_of(level, failures=Failures(lambda what, error: None))
    ada = house.join("Ada")
    ada.set("room", {"level": 2})
    house.flush()
    ada.hear()
    with monkeypatch.context() as patch:
        patch.setattr(Feed, "flush", _raises)
        ada.do("move")
        house.flush()
    bye = ada.hear_bye()
    assert (bye.code, bye.again) == ("room-broken", 0.5)
    assert "opens again as it was kept" in bye.message
    ada.gone()
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert again.welcome.resumed
    assert again.me == ada.me
    assert again.state.shared == {"level": 2}


def test_a_room_in_memory_begins_anew_and_says_so(monkeypatch: Patch) -> None:
    house = House(failures=Failures(lambda what, error: None))
    ada = house.join("Ada")
    ada.set("room", {"level": 2})
    with monkeypatch.context() as patch:
        patch.setattr(Feed, "flush", _raises)
        house.flush()
    bye = ada.hear_bye()
    assert (bye.code, bye.again) == ("room-broken", 0.5)
    assert "begins anew: what was in it was not kept" in bye.message
    ada.gone()
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert not again.welcome.resumed
    assert again.state.shared == {}


def test_events_of_a_store_that_fail_end_their_own_room(monkeypatch: Patch) -> None:
    reported: list[str] = []
    house, store = house_of(Level.FULL, failures=Failures(lambda what, error: reported.append(what)))
    ada, eve = house.join("Ada"), house.join("Eve", "chess")
    broken, whole = house.room(), Room.committed

    def committed(room: Room) -> None:
        if room is broken:
            raise RuntimeError("planted")
        whole(room)

    with monkeypatch.context() as patch:
        patch.setattr(Room, "committed", committed)
        ada.do("move")
        eve.do("check")
        house.flush()
    assert codes(ada)[-1:] == ["Bye room-broken"]
    assert [message.c for message in eve.hear() if isinstance(message, Do)] == ["check"]
    with monkeypatch.context() as patch:
        patch.setattr(store, "poll", _raises)
        eve.do("mate")
        house.flush()
    house.flush()
    assert [message.c for message in eve.hear() if isinstance(message, Do)] == ["mate"]
    assert reported[-1] == "the store's events could not be taken"


def test_those_who_wait_for_a_room_hear_when_opening_it_raises(monkeypatch: Patch) -> None:
    house, _ = house_of(Level.FULL, failures=Failures(lambda what, error: None))
    house.held = True
    ada, eve = waiting(house), waiting(house, "Eve", "chess")
    whole = Room.__init__

    def init(room: Room, name: str, *args: Any, **kwargs: Any) -> None:
        if name == "dots":
            raise MemoryError("planted")
        whole(room, name, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Room, "__init__", init)
        opened(house)
    assert codes(ada)[-1:] == ["Bye room-broken"]
    eve.hear()
    assert eve.welcome is not None


def test_one_who_waits_and_fails_does_not_keep_the_others_out(monkeypatch: Patch) -> None:
    house, _ = house_of(Level.FULL, failures=Failures(lambda what, error: None))
    house.held = True
    ada, alan = waiting(house), waiting(house, "Alan")
    monkeypatch.setattr(ada.peer.directory, "secret", _once(house.directory.secret))
    opened(house)
    assert codes(ada) == ["Bye server-error"]
    alan.hear()
    assert alan.welcome is not None


def test_a_server_that_closes_tells_everyone_though_a_flush_raises(monkeypatch: Patch) -> None:
    house = House(failures=Failures(lambda what, error: None))
    ada, eve = house.join("Ada"), house.join("Eve", "chess")
    ada.do("move")
    eve.do("check")
    broken, whole = house.room().feed, Feed.flush

    def flush(feed: Feed, upto: int) -> None:
        if feed is broken:
            raise MemoryError("planted")
        whole(feed, upto)

    monkeypatch.setattr(Feed, "flush", flush)
    house.directory.close("the server is closing", house.now)
    assert codes(ada) == ["Bye room-broken"]
    assert [type(one) for one in eve.hear()] == [Do, Bye]


def test_each_kind_of_failure_is_reported_once_for_each_room(monkeypatch: Patch) -> None:
    reported: list[str] = []
    house = House(failures=Failures(lambda what, error: reported.append(what)))
    monkeypatch.setattr(Feed, "flush", _raises)
    for room in ("dots", "chess", "dots", "chess"):
        program = house.knock()
        program.hello(room, "Ada")
        house.flush()
        program.gone()
    assert reported == [
        "in the room 'dots': it was closed, for something in the server failed",
        "in the room 'chess': it was closed, for something in the server failed",
    ]
    assert house.directory.failures.count == 4


def _once(whole: Callable[[], str]) -> Callable[[], str]:
    """Raises the first time that it is called."""
    calls = iter([True])

    def secret() -> str:
        if next(calls, False):
            raise OSError("planted")
        return whole()

    return secret
