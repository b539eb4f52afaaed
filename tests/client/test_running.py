"""Which call of a function runs now, and at which place of the room's order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from msgspec import Raw

from roomcast.client.running import NOWHERE, RunningCall
from roomcast.core.protocol.messages import Away, Do, Hidden, PlayerRecord, Set, Skipped, Snapshot
from tests.client.offline_room import OfflineRoom

AT = 1_700_000_000_000


@pytest.fixture
def room() -> OfflineRoom:
    room = OfflineRoom()
    room.pump()
    return room


def place(call: RunningCall | None) -> tuple[int, int, str] | None:
    return None if call is None else (call.seq, call.at, call.key)


def test_a_function_of_an_entry_is_at_its_place(room: OfflineRoom) -> None:
    found = []
    for name in ("move", "away", "set"):
        room.on(name)(lambda *what: found.append(place(room._running_call())))
    room.hear(Do(3, "Alan", AT, "move"), Away(4, "Alan", AT + 1), Set(5, "Alan", AT + 2, "me", Raw(b'{"x":1}')))
    room.pump()
    assert found == [(3, AT, "3"), (4, AT + 1, "4"), (5, AT + 2, "5")]


def test_outside_of_functions_no_call_runs(room: OfflineRoom) -> None:
    room.command("move")(lambda: None)
    room.hear(Do(3, "Alan", AT, "move"))
    assert room._running_call() is None
    room.pump()
    assert room._running_call() is None


def test_a_function_that_fails_is_over(room: OfflineRoom) -> None:
    found = []

    @room.command("move")
    def fail() -> None:
        raise ZeroDivisionError

    room.command("move")(lambda: found.append(place(room._running_call())))
    room.hear(Do(3, "Alan", AT, "move"))
    with pytest.raises(ZeroDivisionError):
        room.pump()
    assert room._running_call() is None
    room.pump()
    assert found == [(3, AT, "3")]


def test_each_call_is_one_and_stays_the_same_while_it_runs(room: OfflineRoom) -> None:
    found = []
    for kept in ({}, {}):
        room.command("move")(lambda kept=kept: found.append((room._running_call(), room._running_call())))
    room.hear(Do(3, "Alan", AT, "move"))
    room.pump()
    (first, same), (second, _) = found
    assert first is same
    assert first is not second


def test_after_pump_in_a_function_its_call_goes_on(room: OfflineRoom) -> None:
    found: list[tuple[str, RunningCall | None]] = []

    def note(what: str) -> None:
        found.append((what, room._running_call()))

    @room.command("ask")
    def ask() -> None:
        note("before")
        room.pump()
        note("after")

    room.command("move")(partial(note, "within"))
    room.hear(Do(3, "Alan", AT, "ask"), Do(4, "Alan", AT, "move"))
    room.pump()
    (_, before), (_, within), (_, after) = found
    assert place(within) == (4, AT, "4")
    assert after is before
    assert place(before) == (3, AT, "3")


def test_a_second_pump_in_another_thread_changes_nothing(room: OfflineRoom) -> None:
    found = []

    def from_another_thread() -> None:
        found.append(room._running_call())
        with pytest.raises(RuntimeError):
            room.pump()

    @room.command("move")
    def move() -> None:
        other = threading.Thread(target=from_another_thread)
        other.start()
        other.join()
        found.append(place(room._running_call()))

    room.hear(Do(3, "Alan", AT, "move"))
    room.pump()
    assert found == [None, (3, AT, "3")]


def test_what_others_do_not_run_there_is_nowhere(room: OfflineRoom) -> None:
    found: list[tuple[str, RunningCall | None]] = []

    def noting(what: str) -> Callable[..., None]:
        return lambda *args: found.append((what, room._running_call()))

    for event in ("join", "leave", "error", "offline", "skipped"):
        room.on(event)(noting(event))
    room.check(noting("check"), every=1)

    @room.command("add")
    def add(number: int) -> None: ...

    room.hear(Do(3, "Alan", AT, "add"), Hidden(4))
    room.hear(Skipped(5, 9, Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Grace", "Grace")))))
    room.core.disconnected("cut", 0.0)
    while room._inbox.waiting:
        room.pump()
    assert {what for what, _ in found} == {"join", "leave", "error", "offline", "skipped", "check"}
    assert {what for what, call in found if call is not NOWHERE} == set()
