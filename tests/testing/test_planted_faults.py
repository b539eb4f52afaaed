"""Each promise, broken once on purpose: does the simulator notice?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from roomcast.client import inbox, players
from roomcast.client.link import Link
from roomcast.core.client.client_core import ClientCore, Stage
from roomcast.core.client.outbox import Outbox
from roomcast.core.protocol.messages import Away, Back, DoRequest
from roomcast.core.room import order
from roomcast.core.room.commit_log import Committed
from roomcast.core.room.feed import Feed
from roomcast.core.room.fold import RoomState, apply, snapshot
from roomcast.core.room.log import Log, PrivateLine
from roomcast.core.room.order import Order
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.room import Room
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import Session, Start
from roomcast.core.room.wire_formats import JsonWire
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.peer import Peer
from roomcast.server.driver import Driver
from roomcast.testing.disk import DiskCommitLog, MemoryStore
from roomcast.testing.invariants import BOUNDS, END, FOLD, HERE, KEPT, LOSS, ONCE, ORDER, PROMISES, SKIP
from roomcast.testing.scenario import run_scenario
from roomcast.transports.connection_timers import ReadThrottle

pytestmark = pytest.mark.takes(30)

SEEDS = 200  # within which each fault must be found

Patch = pytest.MonkeyPatch
FAULTS: dict[str, tuple[str, Callable[[Patch], None]]] = {}


def breaks(promise: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Decorator: this fault breaks that promise."""

    def add(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
        FAULTS[plant.__name__] = (promise, plant)
        return plant

    return add


# ---------------------------------------------------------------------- one order for all


@breaks(ORDER)
def a_batch_loses_its_last_entry(patch: Patch) -> None:
    whole = JsonWire.render
    patch.setattr(JsonWire, "render", lambda wire, log, after, upto: whole(wire, log, after, max(after + 1, upto - 1)))


@breaks(ORDER)
def a_resume_begins_one_too_late(patch: Patch) -> None:
    attach = Room.attach
    patch.setattr(
        Room, "attach", lambda room, session, connection, wire, seq: attach(room, session, connection, wire, seq + 1)
    )


@breaks(ORDER)
def a_resume_begins_one_too_early(patch: Patch) -> None:
    attach = Room.attach
    patch.setattr(
        Room,
        "attach",
        lambda room, session, connection, wire, seq: attach(room, session, connection, wire, max(0, seq - 1)),
    )


@breaks(ORDER)
def everyone_reads_private_commands(patch: Patch) -> None:
    def append(log: Log, seq: int, line: bytes, private: PrivateLine | None = None) -> None:
        as_it_was(log, seq, line if private is None else private.line, private)

    as_it_was = Log.append
    patch.setattr(Log, "append", append)


@breaks(ORDER)
def private_commands_are_shown_to_those_who_see_other_ones(patch: Patch) -> None:
    def render(wire: JsonWire, log: Log, after: int, upto: int) -> Any:
        common, views = as_it_was(wire, log, after, upto)
        if views is not None and views._visible:
            everything = sorted({place for places in views._visible.values() for place in places})
            views._visible = dict.fromkeys(views._visible, everything)
        return common, views

    as_it_was = JsonWire.render
    patch.setattr(JsonWire, "render", render)


@breaks(ORDER)
def who_falls_behind_gets_the_last_batch_again(patch: Patch) -> None:
    def fall_behind(feed: Feed, cursor: Any) -> None:
        as_it_was(feed, cursor)
        cursor.seq = max(0, cursor.seq - 1)

    as_it_was = Feed.fall_behind
    patch.setattr(Feed, "fall_behind", fall_behind)


# ---------------------------------------------------------------------- a skip is told, and needed


@breaks(ORDER)
def a_skip_is_not_told(patch: Patch) -> None:
    patch.setattr(JsonWire, "skipped", lambda wire, skipped, player: b"")


@breaks(SKIP)
def a_skip_is_told_from_one_too_late(patch: Patch) -> None:
    skipped = JsonWire.skipped
    patch.setattr(
        JsonWire,
        "skipped",
        lambda wire, one, player: skipped(wire, msgspec.structs.replace(one, first=one.first + 1), player),
    )


@breaks(SKIP)
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


@breaks(LOSS)
def a_crash_of_a_relaxed_room_is_kept_secret(patch: Patch) -> None:
    patch.setattr(Order, "common", lambda order, epoch: 10**9)


@breaks(LOSS)
def a_loss_is_told_one_too_small(patch: Patch) -> None:
    common = Order.common
    patch.setattr(Order, "common", lambda order, epoch: common(order, epoch) + 1)


@breaks(LOSS)
def a_session_that_is_gone_is_replaced_in_silence(patch: Patch) -> None:
    def welcomed(client: ClientCore, welcome: Any) -> None:
        client._secret = client._secret if welcome.resumed else ""
        as_it_was(client, welcome)

    as_it_was = ClientCore._welcomed
    patch.setattr(ClientCore, "_welcomed", welcomed)


# ---------------------------------------------------------------------- acknowledged means kept


@breaks(KEPT)
def a_full_room_shows_what_is_not_on_disk(patch: Patch) -> None:
    def append(log: DiskCommitLog, seq: int, *what: Any) -> None:
        as_it_was(log, seq, *what)
        log.committed = seq

    as_it_was = DiskCommitLog.append
    patch.setattr(DiskCommitLog, "append", append)


@breaks(KEPT)
def a_newcomer_is_welcome_before_its_join_is_on_disk(patch: Patch) -> None:
    def start(starts: ReaderStarts, session: Session, reader: Any, state: RoomState) -> Start:
        return Start(starts._log.last, snapshot(state), session.n)

    patch.setattr(ReaderStarts, "start", start)


@breaks(KEPT)
def who_goes_away_while_its_room_opens_joins_it(patch: Patch) -> None:
    def room_opened(peer: JsonPeer, room: Room, now: float) -> None:
        peer._enter(room, now)

    patch.setattr(JsonPeer, "room_opened", room_opened)
    patch.setattr(Directory, "exit", lambda directory, peer: directory._admission.exit(peer))


@breaks(KEPT)
def the_disk_says_saved_when_it_has_only_written(patch: Patch) -> None:
    def append(log: DiskCommitLog, seq: int, *what: Any) -> None:
        append_it(log, seq, *what)
        newest[log] = seq

    def write(store: MemoryStore, count: int | None = None) -> None:
        write_it(store, count)
        store._tell([(Committed(log), newest[log]) for log in {log for log, _ in store._written} if log in newest])

    newest: dict[DiskCommitLog, int] = {}
    append_it, write_it = DiskCommitLog.append, MemoryStore.write
    patch.setattr(DiskCommitLog, "append", append)
    patch.setattr(MemoryStore, "write", write)


@breaks(KEPT)
def a_room_opens_without_its_last_entry(patch: Patch) -> None:
    as_it_was = MemoryStore.crash

    def crash(store: MemoryStore, kept: int | None = None) -> None:
        as_it_was(store, kept)
        for disk in store.kept.values():
            del disk.lines[-1:]

    patch.setattr(MemoryStore, "crash", crash)


@breaks(KEPT)
def a_server_that_ends_leaves_something_unwritten(patch: Patch) -> None:
    patch.setattr(MemoryStore, "save", lambda store, count=None: bool(store.write(count)))


@breaks(KEPT)
def sessions_are_not_written_down(patch: Patch) -> None:
    patch.setattr(Seats, "save", lambda seats, session: None)


@breaks(KEPT)
def who_is_away_is_forgotten_too_soon(patch: Patch) -> None:
    sweep = Room.sweep
    patch.setattr(Room, "sweep", lambda room, now: sweep(room, now + room.limits.resume_window / 2))


# ---------------------------------------------------------------------- each command at most once


@breaks(ONCE)
def what_is_sent_again_is_done_again(patch: Patch) -> None:
    def do(room: Room, session: Session, act: DoRequest, now: float) -> int:
        session.n = min(session.n, act.n - 1)
        return as_it_was(room, session, act, now)

    as_it_was = Room.do
    patch.setattr(Room, "do", do)


@breaks(ONCE)
def numbers_are_not_on_disk_with_their_entries(patch: Patch) -> None:
    append = DiskCommitLog.append
    patch.setattr(
        DiskCommitLog, "append", lambda log, seq, line, private=None, secret="", n=0: append(log, seq, line, private)
    )


@breaks(ONCE)
def a_client_sends_under_new_numbers_what_was_done(patch: Patch) -> None:
    def count_from(outbox: Outbox, n: int) -> None:
        for place, message in enumerate(list(outbox.waiting)):
            outbox.waiting[place] = msgspec.structs.replace(message, n=n + 1 + place)
        outbox.n = n + len(outbox.waiting)
        outbox.send_all_again()

    patch.setattr(Outbox, "count_from", count_from)


@breaks(ONCE)
def a_function_is_called_twice(patch: Patch) -> None:
    def call(one: inbox.Inbox, *what: Any) -> None:
        as_it_was(one, *what)
        if one._replica.seq % 10 == 0:
            as_it_was(one, *what)

    as_it_was = inbox.Inbox._call
    patch.setattr(inbox.Inbox, "_call", call)


# ---------------------------------------------------------------------- state is the fold


@breaks(FOLD)
def programs_fold_otherwise_than_the_room(patch: Patch) -> None:
    def other(state: RoomState, entry: Any) -> RoomState:
        return apply(state, msgspec.structs.replace(entry, whole=True) if hasattr(entry, "whole") else entry)

    patch.setattr(players, "apply", other)


@breaks(FOLD)
def the_room_folds_otherwise_than_programs(patch: Patch) -> None:
    patch.setattr(order, "apply", lambda state, entry: state if type(entry).__name__ == "Away" else apply(state, entry))


@breaks(FOLD)
def a_snapshot_is_of_an_earlier_place(patch: Patch) -> None:
    def start_again(starts: ReaderStarts, state: RoomState) -> None:
        as_it_was(starts, earlier.get(starts, state))
        earlier[starts] = state

    earlier: dict[ReaderStarts, RoomState] = {}
    as_it_was = ReaderStarts.start_again
    patch.setattr(ReaderStarts, "start_again", start_again)


@breaks(FOLD)
def a_newcomer_starts_from_an_earlier_state(patch: Patch) -> None:
    def start(starts: ReaderStarts, session: Session, reader: Any, state: RoomState) -> Any:
        before = earlier.get(starts, state)
        earlier[starts] = state
        return as_it_was(starts, session, reader, before)

    earlier: dict[ReaderStarts, RoomState] = {}
    as_it_was = ReaderStarts.start
    patch.setattr(ReaderStarts, "start", start)


@breaks(FOLD)
def programs_hash_something_else(patch: Patch) -> None:
    check = ClientCore.check
    patch.setattr(
        ClientCore, "check", lambda client, seq, digest: check(client, seq, digest if client.me != "player1" else "0")
    )


# ---------------------------------------------------------------------- it is known who is here


@breaks(HERE)
def who_loses_its_connection_is_not_away(patch: Patch) -> None:
    def drop(room: Room, session: Session, now: float) -> None:
        room._detach(session)
        session.since = now

    patch.setattr(Room, "drop", drop)


@breaks(HERE)
def who_comes_back_is_still_away(patch: Patch) -> None:
    def propose(log: Order, kind: Any, *what: Any) -> int:
        return as_it_was(log, Away if kind is Back else kind, *what)

    as_it_was = Order.propose
    patch.setattr(Order, "propose", propose)


# ---------------------------------------------------------------------- memory has bounds


@breaks(BOUNDS)
def empty_rooms_stay_open(patch: Patch) -> None:
    patch.setattr(Room, "settled", property(lambda room: False))


@breaks(BOUNDS)
def the_log_is_not_trimmed(patch: Patch) -> None:
    patch.setattr(Log, "trim", lambda log, entries, size, upto: None)


@breaks(BOUNDS)
def who_does_not_read_is_written_to(patch: Patch) -> None:
    patch.setattr(Feed, "fall_behind", lambda feed, cursor: None)


@breaks(BOUNDS)
def who_never_comes_back_is_known_for_ever(patch: Patch) -> None:
    patch.setattr(Room, "sweep", lambda room, now: None)


@breaks(BOUNDS)
def sessions_of_those_who_left_can_still_be_found(patch: Patch) -> None:
    def remove(seats: Seats, session: Session) -> None:
        as_it_was(seats, session)
        seats._by_secret[session.secret] = session

    as_it_was = Seats.remove
    patch.setattr(Seats, "remove", remove)


@breaks(BOUNDS)
def half_open_links_are_never_found(patch: Patch) -> None:
    patch.setattr(Peer, "_must_answer_pings", lambda peer: False)


# ---------------------------------------------------------------------- in the end, everything is there


@breaks(END)
def a_client_forgets_what_was_on_its_way(patch: Patch) -> None:
    def disconnected(client: ClientCore, why: str, now: float) -> None:
        as_it_was(client, why, now)
        if client.stage is Stage.OFFLINE:
            client.outbox.waiting.clear()
            client.outbox.unsent.clear()
            client.outbox._never_written = 0

    as_it_was = ClientCore.disconnected
    patch.setattr(ClientCore, "disconnected", disconnected)


@breaks(END)
def what_waits_for_the_rate_is_forgotten(patch: Patch) -> None:
    def read_on(peer: Peer, now: float) -> float:
        wait = as_it_was(peer, now)
        if wait > 0:
            peer._held.clear()
        return wait

    as_it_was = Peer.read_on
    patch.setattr(Peer, "read_on", read_on)


@breaks(END)
def who_reads_again_is_not_brought_up_to_date(patch: Patch) -> None:
    patch.setattr(Feed, "resume", lambda feed, cursor: None)


@breaks(END)
def a_lost_connection_is_not_made_again(patch: Patch) -> None:
    def start(link: Link) -> None:
        if not link._tried:
            as_it_was(link)

    as_it_was = Link.start
    patch.setattr(Link, "start", start)


@breaks(END)
def a_flush_that_waits_for_its_pace_is_forgotten(patch: Patch) -> None:
    patch.setattr(Driver, "_flush_again", lambda driver: None)


@breaks(END)
def who_was_too_fast_is_never_read_again(patch: Patch) -> None:
    patch.setattr(ReadThrottle, "_read_on", lambda throttle: None)


@breaks(END)
def who_waits_for_its_room_to_open_is_forgotten(patch: Patch) -> None:
    patch.setattr(JsonPeer, "room_opened", lambda peer, room, now: None)


@breaks(END)
def a_start_that_waits_for_its_commit_is_forgotten(patch: Patch) -> None:
    patch.setattr(ReaderStarts, "_begin", lambda starts, start, session, reader, now: None)


@breaks(END)
def what_is_committed_later_is_not_flushed(patch: Patch) -> None:
    patch.setattr(Room, "committed", lambda room: None)


# ---------------------------------------------------------------------- all of them are found


@pytest.fixture
def planted(request: pytest.FixtureRequest, monkeypatch: Patch) -> str:
    promise, plant = FAULTS[request.param]
    plant(monkeypatch)
    return promise


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("planted", FAULTS, indirect=True)
def test_the_simulator_finds(planted: str) -> None:
    found = next((one.broken for one in map(run_scenario, range(SEEDS)) if one.broken), "nothing")
    assert found.startswith(f"{planted}: "), found


def test_each_promise_is_broken_by_one_of_them() -> None:
    assert {promise for promise, _ in FAULTS.values()} == set(PROMISES)
