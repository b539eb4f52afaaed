"""Faults, planted on purpose, that the simulator has to find: in the state of rooms, of programs, and in presence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomcast.client import players
from roomcast.client.world import World
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.timers import SavedTimers, Timers
from roomcast.core.protocol.messages import Away, Back
from roomcast.core.room import order, reader_starts
from roomcast.core.room import room as room_module
from roomcast.core.room.commit_log import SavedRoom
from roomcast.core.room.fold import RoomState, apply, snapshot
from roomcast.core.room.order import Order
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.recovery import recover
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.testing.disk_commit_log import RoomOnDisk
from roomcast.testing.promises import (
    FOLD,
    HERE,
    OWN,
)
from tests.testing.planting import Fault, Faults, Patch, find, honest, kept

pytestmark = pytest.mark.takes(9)

FAULTS = Faults()


# ---------------------------------------------------------------------- acknowledged means kept


@FAULTS.breaks(FOLD, kept)
def the_disk_forgets_what_came_after_its_snapshot(patch: Patch) -> None:
    def forget(disk: RoomOnDisk, kept: int) -> None:
        upto = max(disk.gone, disk.last - kept)
        disk.lines, disk.gone = disk.after(upto), upto

    patch.setattr(RoomOnDisk, "forget", forget)


# ---------------------------------------------------------------------- state is the fold


@FAULTS.breaks(FOLD)
def programs_fold_otherwise_than_the_room(patch: Patch) -> None:
    def other(state: RoomState, entry: Any) -> RoomState:
        return apply(state, msgspec.structs.replace(entry, whole=True) if hasattr(entry, "whole") else entry)

    patch.setattr(players, "apply", other)


@FAULTS.breaks(FOLD)
def the_room_folds_otherwise_than_programs(patch: Patch) -> None:
    patch.setattr(order, "apply", lambda state, entry: state if type(entry).__name__ == "Away" else apply(state, entry))


@FAULTS.breaks(FOLD)
def a_snapshot_is_of_an_earlier_place(patch: Patch) -> None:
    def start_again(starts: ReaderStarts, state: RoomState) -> None:
        as_it_was(starts, earlier.get(starts, state))
        earlier[starts] = state

    earlier: dict[ReaderStarts, RoomState] = {}
    as_it_was = ReaderStarts.start_again
    patch.setattr(ReaderStarts, "start_again", start_again)


@FAULTS.breaks(FOLD)
def a_newcomer_starts_from_an_earlier_state(patch: Patch) -> None:
    def start(starts: ReaderStarts, session: Session, reader: Any, state: RoomState) -> Any:
        before = earlier.get(starts, state)
        earlier[starts] = state
        return as_it_was(starts, session, reader, before)

    earlier: dict[ReaderStarts, RoomState] = {}
    as_it_was = ReaderStarts.start
    patch.setattr(ReaderStarts, "start", start)


@FAULTS.breaks(FOLD)
def newcomers_get_no_seed_for_their_dice(patch: Patch) -> None:
    patch.setattr(reader_starts, "snapshot", lambda state, *at: msgspec.structs.replace(snapshot(state, *at), seed=""))


@FAULTS.breaks(FOLD, kept)
def a_kept_room_draws_its_seed_anew(patch: Patch) -> None:
    def recover_otherwise(log: Order, name: str, saved: SavedRoom, *more: Any) -> Any:
        found = recover(log, name, saved, *more)
        log.state.seed = f"another, in epoch {saved.epoch}" if log.state.seed else ""
        return found

    patch.setattr(room_module, "recover", recover_otherwise)


@FAULTS.breaks(FOLD)
def programs_hash_something_else(patch: Patch) -> None:
    check = ClientCore.check
    patch.setattr(
        ClientCore,
        "check",
        lambda client, log, seq, digest: check(client, log, seq, digest if client.me != "player1" else "0"),
    )


# ---------------------------------------------------------------------- it is known who is here


@FAULTS.breaks(HERE)
def who_loses_its_connection_is_not_away(patch: Patch) -> None:
    def drop(room: Room, session: Session, now: float) -> None:
        room._detach(session)
        session.since = now

    patch.setattr(Room, "drop", drop)


@FAULTS.breaks(HERE)
def who_comes_back_is_still_away(patch: Patch) -> None:
    def propose(log: Order, kind: Any, *what: Any) -> int:
        return as_it_was(log, Away if kind is Back else kind, *what)

    as_it_was = Order.propose
    patch.setattr(Order, "propose", propose)


# ---------------------------------------------------------------------- programs have the same state of their own


@FAULTS.breaks(OWN, honest)
def a_world_is_of_an_earlier_moment(patch: Patch) -> None:
    def text(world: World, *what: Any) -> str:
        now = as_it_was(world, *what)
        before, earlier[world] = earlier.get(world, now), now
        return before

    earlier: dict[World, str] = {}
    as_it_was = World.text
    patch.setattr(World, "text", text)


@FAULTS.breaks(OWN, honest)
def dice_of_timers_begin_anew_with_a_world(patch: Patch) -> None:
    def saved(timers: Timers, seq: int) -> SavedTimers:
        return as_it_was(timers, seq)._replace(ran={})

    as_it_was = Timers.saved
    patch.setattr(Timers, "saved", saved)


@FAULTS.breaks(OWN)
def ids_of_timers_are_counted_by_each_program_for_itself(patch: Patch) -> None:
    patch.setattr(Timers, "_next_id", lambda timers, seq: timers._number)


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
