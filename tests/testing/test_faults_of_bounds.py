"""Faults, planted on purpose, that the simulator has to find: memory has bounds."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.room import worlds
from roomcast.core.room.feed import Feed
from roomcast.core.room.log import Log
from roomcast.core.room.room import Room
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import Session
from roomcast.core.room.shared_state import StateSizes
from roomcast.core.server.peer import Peer
from roomcast.testing.promises import (
    BOUNDS,
)
from tests.testing.planting import Fault, Faults, Patch, find, late

pytestmark = pytest.mark.takes(22)

FAULTS = Faults()


# ---------------------------------------------------------------------- memory has bounds


@FAULTS.breaks(BOUNDS, late)
def a_world_does_not_count_as_state(patch: Patch) -> None:
    measure = StateSizes.measure
    patch.setattr(
        StateSizes, "measure", lambda sizes, owner, held: None if owner == " world" else measure(sizes, owner, held)
    )


@FAULTS.breaks(BOUNDS, late)
def a_world_may_have_any_size(patch: Patch) -> None:
    def ask(one: worlds.Worlds, *what: Any, **how: Any) -> Any:
        one._most = 10**9
        return as_it_was(one, *what, **how)

    as_it_was = worlds.Worlds.ask
    patch.setattr(worlds.Worlds, "ask", ask)


@FAULTS.breaks(BOUNDS)
def empty_rooms_stay_open(patch: Patch) -> None:
    patch.setattr(Room, "settled", property(lambda room: False))


@FAULTS.breaks(BOUNDS)
def the_log_is_not_trimmed(patch: Patch) -> None:
    patch.setattr(Log, "trim", lambda log, entries, size, upto: None)


@FAULTS.breaks(BOUNDS)
def who_does_not_read_is_written_to(patch: Patch) -> None:
    patch.setattr(Feed, "fall_behind", lambda feed, cursor: None)


@FAULTS.breaks(BOUNDS)
def who_never_comes_back_is_known_for_ever(patch: Patch) -> None:
    patch.setattr(Room, "sweep", lambda room, now: None)


@FAULTS.breaks(BOUNDS)
def sessions_of_those_who_left_can_still_be_found(patch: Patch) -> None:
    def remove(seats: Seats, session: Session) -> None:
        as_it_was(seats, session)
        seats._by_secret[session.secret] = session

    as_it_was = Seats.remove
    patch.setattr(Seats, "remove", remove)


@FAULTS.breaks(BOUNDS)
def half_open_links_are_never_found(patch: Patch) -> None:
    patch.setattr(Peer, "_must_answer_pings", lambda peer: False)


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
