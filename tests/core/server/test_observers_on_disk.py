"""Observers of rooms that are written down: they are shown what is committed, and nothing else."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.messages import Do, Entry, Hello, Join, Leave
from roomcast.core.protocol.observer_messages import TraceReport, Watching
from roomcast.core.room.commit_log import Level
from tests.core.fakes import House, act
from tests.core.keeping import house_of
from tests.core.looking import look, tick


@pytest.fixture
def slow() -> House:
    """A full room that is open, and whose disk writes when it is told."""
    house, _ = house_of(Level.FULL)
    house.join("Eve")
    house.held = True
    return house


def test_observers_see_nothing_before_it_is_on_disk() -> None:
    house, _ = house_of(Level.FULL)
    ada = house.join("Ada")
    eve = look(house)
    eve.hear()
    house.held = True
    ada.do("move")
    house.flush()
    assert eve.all(Do) == []
    late = look(house)
    assert late.hear() == [], "its start is that of the newest state, which is not on disk yet"
    house.held = False
    house.flush()
    assert len(eve.all(Do)) == 1
    assert late.one(Watching).s == 2
    assert late.all(Do) == []


@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
def test_a_room_whose_disk_fails_is_gone_for_observers_too(level: Level) -> None:
    house, store = house_of(level)
    house.join("Ada")
    eve = look(house)
    eve.hear()
    store.fail("the disk is full")
    house.poll()
    assert house.directory.rooms == {}
    tick(house)
    assert eve.one(Watching).players == ()


def test_observers_of_a_full_room_are_shown_nothing_before_it_is_committed(slow: House) -> None:
    first = look(slow)
    assert first.one(Watching).s == 1
    ada = slow.knock()
    ada.hello("dots", "Ada")
    ada.say(act(1, "move"))
    second = look(slow)
    slow.flush()
    slow.wait(3)
    assert not [message for message in first.hear() if isinstance(message, Join | Do)]
    assert second.all(Watching) == []
    slow.held = False
    slow.flush()
    assert [message.s for message in first.hear() if isinstance(message, Join | Do)] == [2, 3]
    start = second.one(Watching)
    assert (start.s, [one.id for one in start.players]) == (3, ["Eve", "Ada"])


def test_when_a_full_room_is_closed_observers_are_shown_who_leaves_once_that_is_on_disk(slow: House) -> None:
    grace = look(slow)
    grace.hear()
    slow.directory.close_room("dots", slow.now)
    slow.flush()
    assert grace.hear() == []
    slow.held = False
    slow.flush()
    assert [(leave.by, leave.why) for leave in grace.all(Leave)] == [("Eve", "room-closed")]


@pytest.mark.parametrize("to", [None, ("Eve",)])
def test_a_command_that_a_slow_disk_has_not_kept_is_traced_for_nobody(slow: House, to: tuple[str, ...] | None) -> None:
    grace = look(slow)
    ada = slow.knock()
    ada.hello("dots", "Ada")
    ada.say(act(1, "move", to=to))
    for _ in range(4):
        tick(slow)
    assert grace.all(TraceReport) == []
    slow.held = False
    slow.flush()
    slow.now += 0.5
    slow.directory.sweep(slow.now)
    assert grace.all(TraceReport) == [], "reports are waited for from now on"
    for _ in range(2):
        tick(slow)
    assert [trace.c for trace in grace.all(TraceReport)] == (["move"] if to is None else [])


def test_an_observer_that_is_told_to_go_before_its_start_is_shown_nothing(slow: House) -> None:
    ada = slow.knock()
    ada.hello("dots", "Ada")
    eve = look(slow)
    eve.say(Hello("dots"))
    observer = eve.peer.observer
    assert observer is not None
    eve.hear()
    slow.held = False
    slow.flush()
    assert eve.hear() == []
    assert not observer.current


def test_an_observer_whose_start_is_lost_with_the_room_starts_once_with_the_next(slow: House) -> None:
    ada = slow.knock()
    ada.hello("dots", "Ada")
    eve = look(slow)
    assert slow.store is not None
    slow.store.fail("the disk is full")
    slow.store.recover()
    slow.poll()
    for name in ("Grace", "Joan"):
        slow.knock().hello("dots", name)
    slow.held = False
    slow.flush()
    tick(slow)
    slow.flush()
    room = slow.room()
    heard = eve.hear()
    starts = [message for message in heard if isinstance(message, Watching)]
    entries = [message.s for message in heard if isinstance(message, Entry)]
    assert entries == list(range(starts[-1].s + 1, room.log.last + 1))
    assert [start.s for start in starts if start.players or start.s] == [starts[-1].s]
    assert [(one.id, one.here) for one in starts[-1].players] == [("Eve", False)], "Ada's join is lost"


def test_a_room_whose_disk_fails_while_it_has_something_to_flush_shows_it_to_no_observer_of_the_next() -> None:
    house, store = house_of(Level.RELAXED)
    ada = house.join("Ada")
    eve = look(house)
    eve.hear()
    ada.do("lost")
    store.fail("the disk is full")
    store.recover()
    house.directory.poll_store(house.now)
    grace = house.knock()
    grace.hello("dots", "Grace")
    store.save()
    house.directory.poll_store(house.now)
    assert {*house.directory._flushes._changed} == {house.room()}, "the room that failed is not flushed any more"
    start = eve.one(Watching)
    house.flush()
    grace.hear()
    shown = [message.s for message in eve.hear() if isinstance(message, Entry)]
    assert shown == list(range(start.s + 1, house.room().log.last + 1))
