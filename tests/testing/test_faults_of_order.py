"""Faults, planted on purpose, that the simulator has to find: one order for all, skips and losses are told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomcast.core.client.client_core import ClientCore
from roomcast.core.room.feed import Feed
from roomcast.core.room.log import Log, PrivateLine
from roomcast.core.room.order import Order
from roomcast.core.room.room import Room
from roomcast.core.room.wire_formats import JsonWire
from roomcast.testing.promises import (
    LOSS,
    ORDER,
    SKIP,
)
from tests.testing.planting import Fault, Faults, Patch, find, relaxed

pytestmark = pytest.mark.takes(8)

FAULTS = Faults()


# ---------------------------------------------------------------------- one order for all


@FAULTS.breaks(ORDER)
def a_batch_loses_its_last_entry(patch: Patch) -> None:
    whole = JsonWire.render
    patch.setattr(JsonWire, "render", lambda wire, log, after, upto: whole(wire, log, after, max(after + 1, upto - 1)))


@FAULTS.breaks(ORDER)
def a_resume_begins_one_too_late(patch: Patch) -> None:
    attach = Room.attach
    patch.setattr(
        Room, "attach", lambda room, session, connection, wire, seq: attach(room, session, connection, wire, seq + 1)
    )


@FAULTS.breaks(ORDER)
def a_resume_begins_one_too_early(patch: Patch) -> None:
    attach = Room.attach
    patch.setattr(
        Room,
        "attach",
        lambda room, session, connection, wire, seq: attach(room, session, connection, wire, max(0, seq - 1)),
    )


@FAULTS.breaks(ORDER)
def everyone_reads_private_commands(patch: Patch) -> None:
    def append(log: Log, seq: int, line: bytes, private: PrivateLine | None = None) -> None:
        as_it_was(log, seq, line if private is None else private.line, private)

    as_it_was = Log.append
    patch.setattr(Log, "append", append)


@FAULTS.breaks(ORDER)
def private_commands_are_shown_to_those_who_see_other_ones(patch: Patch) -> None:
    def render(wire: JsonWire, log: Log, after: int, upto: int) -> Any:
        common, views = as_it_was(wire, log, after, upto)
        if views is not None and views._visible:
            everything = sorted({place for places in views._visible.values() for place in places})
            views._visible = dict.fromkeys(views._visible, everything)
        return common, views

    as_it_was = JsonWire.render
    patch.setattr(JsonWire, "render", render)


@FAULTS.breaks(ORDER)
def who_falls_behind_gets_the_last_batch_again(patch: Patch) -> None:
    def fall_behind(feed: Feed, cursor: Any) -> None:
        as_it_was(feed, cursor)
        cursor.seq = max(0, cursor.seq - 1)

    as_it_was = Feed.fall_behind
    patch.setattr(Feed, "fall_behind", fall_behind)


# ---------------------------------------------------------------------- a skip is told, and needed


@FAULTS.breaks(ORDER)
def a_skip_is_not_told(patch: Patch) -> None:
    patch.setattr(JsonWire, "skipped", lambda wire, skipped, player: b"")


@FAULTS.breaks(SKIP)
def a_skip_is_told_from_one_too_late(patch: Patch) -> None:
    skipped = JsonWire.skipped
    patch.setattr(
        JsonWire,
        "skipped",
        lambda wire, one, player: skipped(wire, msgspec.structs.replace(one, first=one.first + 1), player),
    )


@FAULTS.breaks(SKIP)
def who_is_behind_skips_what_is_still_kept(patch: Patch) -> None:
    def catch_up(feed: Feed, cursor: Any) -> None:
        if cursor.seq < feed.flushed - 5 and not cursor.connection.behind:
            feed._discard_lagging(cursor)
            feed.stranded.append(cursor)
        else:
            as_it_was(feed, cursor)

    as_it_was = Feed._catch_up
    patch.setattr(Feed, "_catch_up", catch_up)


# ---------------------------------------------------------------------- a loss is told


@FAULTS.breaks(LOSS, relaxed)
def a_crash_of_a_relaxed_room_is_kept_secret(patch: Patch) -> None:
    patch.setattr(Order, "common", lambda order, epoch: 10**9)


@FAULTS.breaks(LOSS, relaxed)
def a_loss_is_told_one_too_small(patch: Patch) -> None:
    common = Order.common
    patch.setattr(Order, "common", lambda order, epoch: common(order, epoch) + 1)


@FAULTS.breaks(LOSS)
def a_session_that_is_gone_is_replaced_in_silence(patch: Patch) -> None:
    def welcomed(client: ClientCore, welcome: Any, now: float) -> None:
        client._secret = client._secret if welcome.resumed else ""
        as_it_was(client, welcome, now)

    as_it_was = ClientCore._welcomed
    patch.setattr(ClientCore, "_welcomed", welcomed)


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
