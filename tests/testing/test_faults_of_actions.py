"""Faults, planted on purpose, that the simulator has to find: what programs send."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from roomcast.client.call_queue import CallQueue
from roomcast.client.link import Link
from roomcast.core.client import outbox
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.outbox import Outbox
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import NO_STATE, DoRequest, SetRequest
from roomcast.core.room import operations
from roomcast.core.room import room as room_module
from roomcast.core.room.feed import Feed
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.core.room.shared_map import SharedMap
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.peer import Peer
from roomcast.server.driver import Driver
from roomcast.testing.disk import DiskCommitLog
from roomcast.testing.promises import (
    COUNTS,
    END,
    FRESH,
    ONCE,
)
from roomcast.transports.connection_timers import ReadThrottle
from tests.testing.planting import Fault, Faults, Patch, find, kept

pytestmark = pytest.mark.takes(10)

FAULTS = Faults()


# ---------------------------------------------------------------------- each command at most once


@FAULTS.breaks(ONCE)
def what_is_sent_again_is_done_again(patch: Patch) -> None:
    def do(room: Room, session: Session, act: DoRequest, now: float) -> int:
        session.n = min(session.n, act.n - 1)
        return as_it_was(room, session, act, now)

    as_it_was = Room.do
    patch.setattr(Room, "do", do)


@FAULTS.breaks(ONCE, kept)
def numbers_are_not_on_disk_with_their_entries(patch: Patch) -> None:
    append = DiskCommitLog.append
    patch.setattr(
        DiskCommitLog, "append", lambda log, seq, line, private=None, secret="", n=0: append(log, seq, line, private)
    )


@FAULTS.breaks(ONCE)
def a_client_sends_under_new_numbers_what_was_done(patch: Patch) -> None:
    def count_from(outbox: Outbox, n: int) -> None:
        as_it_was(outbox, 0)
        outbox.n = n
        outbox.newest = n + len(outbox.unsent)

    as_it_was = Outbox.count_from
    patch.setattr(Outbox, "count_from", count_from)


@FAULTS.breaks(ONCE)
def a_function_is_called_twice(patch: Patch) -> None:
    def command(one: CallQueue, *what: Any) -> None:
        as_it_was(one, *what)
        if one._replica.seq % 10 == 0:
            as_it_was(one, *what)

    as_it_was = CallQueue.command
    patch.setattr(CallQueue, "command", command)


@FAULTS.breaks(ONCE)
def what_is_added_and_sent_again_is_added_again(patch: Patch) -> None:
    def change(room: Room, session: Session, request: SetRequest, now: float) -> int:
        session.n = min(session.n, request.n - 1)
        return as_it_was(room, session, request, now)

    as_it_was = Room.set
    patch.setattr(Room, "set", change)


# ---------------------------------------------------------------------- sums are right, and the first claim wins


def operate_otherwise(patch: Patch, op: str, operation: Callable[..., Raw]) -> None:
    patch.setattr(operations, "OPERATIONS", {**operations.OPERATIONS, op: operation})


@FAULTS.breaks(COUNTS)
def what_is_added_replaces_what_was_there(patch: Patch) -> None:
    operate_otherwise(patch, "add", lambda request, state, limits: request.p)


@FAULTS.breaks(COUNTS)
def fractions_are_cut_off_in_sums(patch: Patch) -> None:
    def add(request: SetRequest, state: SharedMap, limits: Limits) -> Raw:
        sums = msgspec.json.decode(operations._added(request, state, limits))
        return Raw(msgspec.json.encode({key: int(value) for key, value in sums.items()}))

    operate_otherwise(patch, "add", add)


@FAULTS.breaks(COUNTS)
def operations_see_a_state_that_is_an_entry_old(patch: Patch) -> None:
    def work_out(request: SetRequest, state: SharedMap, limits: Limits) -> SetRequest:
        before = earlier.get(request.of, state)
        earlier[request.of] = state
        return operations.work_out(request, before, limits)

    earlier: dict[str, SharedMap] = {}
    patch.setattr(room_module, "work_out", work_out)


@FAULTS.breaks(COUNTS)
def the_last_claim_wins(patch: Patch) -> None:
    operate_otherwise(patch, "claim", lambda request, state, limits: request.p)


@FAULTS.breaks(COUNTS)
def nobodys_claim_is_heard(patch: Patch) -> None:
    operate_otherwise(patch, "claim", lambda request, state, limits: NO_STATE)


@FAULTS.breaks(COUNTS)
def a_swap_does_not_compare(patch: Patch) -> None:
    operate_otherwise(patch, "swap", lambda request, state, limits: request.p)


# ---------------------------------------------------------------------- what is outdated is not sent


@FAULTS.breaks(FRESH)
def after_a_resume_all_moves_are_sent_again(patch: Patch) -> None:
    patch.setattr(Outbox, "_newest", lambda outbox, unsent: unsent)


@FAULTS.breaks(FRESH)
def what_is_too_old_is_sent_after_a_resume(patch: Patch) -> None:
    def count_from(outbox: Outbox, n: int) -> None:
        as_it_was(outbox, n)
        outbox.expires = inf

    as_it_was = Outbox.count_from
    patch.setattr(Outbox, "count_from", count_from)


@FAULTS.breaks(FRESH)
def the_newer_one_of_two_moves_is_dropped(patch: Patch) -> None:
    def take_over(outbox: Outbox) -> None:
        newer = outbox.handed[0]
        as_it_was(outbox)
        if newer[3] is not None and newer[3].latest and len(outbox.unsent) > 1:
            outbox.unsent.pop()
            outbox.newest -= 1
            outbox.outdated += 1

    as_it_was = Outbox.take_over
    patch.setattr(Outbox, "take_over", take_over)


@FAULTS.breaks(FRESH)
def what_is_dropped_is_not_counted(patch: Patch) -> None:
    def drop_too_old(outbox: Outbox, now: float) -> None:
        before = outbox.outdated
        as_it_was(outbox, now)
        outbox.outdated = before

    as_it_was = Outbox.drop_too_old
    patch.setattr(Outbox, "drop_too_old", drop_too_old)


@FAULTS.breaks(END)
def a_move_for_others_takes_the_place_of_one(patch: Patch) -> None:
    patch.setattr(outbox, "_kind", lambda message: message.c)


# ---------------------------------------------------------------------- in the end, everything is there


@FAULTS.breaks(END)
def a_client_forgets_what_was_on_its_way(patch: Patch) -> None:
    def disconnected(client: ClientCore, why: str, now: float, **how: bool) -> None:
        as_it_was(client, why, now)
        if client.stage is Stage.OFFLINE:
            client.outbox.waiting.clear()
            client.outbox.unsent.clear()

    as_it_was = ClientCore.disconnected
    patch.setattr(ClientCore, "disconnected", disconnected)


@FAULTS.breaks(END)
def what_waits_for_the_rate_is_forgotten(patch: Patch) -> None:
    def read_on(peer: Peer, now: float) -> float:
        wait = as_it_was(peer, now)
        if wait > 0:
            peer._held.clear()
        return wait

    as_it_was = Peer.read_on
    patch.setattr(Peer, "read_on", read_on)


@FAULTS.breaks(END)
def who_reads_again_is_not_brought_up_to_date(patch: Patch) -> None:
    patch.setattr(Feed, "resume", lambda feed, cursor: None)


@FAULTS.breaks(END)
def a_lost_connection_is_not_made_again(patch: Patch) -> None:
    def start(link: Link) -> None:
        if not link._tried:
            as_it_was(link)

    as_it_was = Link.start
    patch.setattr(Link, "start", start)


@FAULTS.breaks(END)
def a_flush_that_waits_for_its_pace_is_forgotten(patch: Patch) -> None:
    patch.setattr(Driver, "_flush_again", lambda driver: None)


@FAULTS.breaks(END)
def who_was_too_fast_is_never_read_again(patch: Patch) -> None:
    patch.setattr(ReadThrottle, "_read_on", lambda throttle: None)


@FAULTS.breaks(END, kept)
def who_waits_for_its_room_to_open_is_forgotten(patch: Patch) -> None:
    patch.setattr(JsonPeer, "room_opened", lambda peer, room, now: None)


@FAULTS.breaks(END, kept)
def a_start_that_waits_for_its_commit_is_forgotten(patch: Patch) -> None:
    patch.setattr(ReaderStarts, "_begin", lambda starts, start, session, reader, now: None)


@FAULTS.breaks(END, kept)
def what_is_committed_later_is_not_flushed(patch: Patch) -> None:
    patch.setattr(Room, "committed", lambda room: None)


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
