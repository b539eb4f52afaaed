"""Each promise, broken once on purpose: does the simulator notice?"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from roomcast.client import inbox, players
from roomcast.client.call_queue import CallQueue
from roomcast.client.link import Link
from roomcast.client.timer_runner import TimerRunner
from roomcast.client.world import World
from roomcast.core.client import outbox
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Resumed
from roomcast.core.client.outbox import Outbox
from roomcast.core.client.sending_core import Stage
from roomcast.core.client.timers import SavedTimers, TimerRecord, Timers
from roomcast.core.client.wakes import Wakes
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import NO_STATE, Away, Back, DoRequest, SetRequest
from roomcast.core.room import operations, order, reader_starts, worlds
from roomcast.core.room import room as room_module
from roomcast.core.room.commit_log import Committed, SavedRoom
from roomcast.core.room.desync import who_differs
from roomcast.core.room.feed import Feed
from roomcast.core.room.fold import RoomState, apply, snapshot
from roomcast.core.room.log import Log, PrivateLine
from roomcast.core.room.order import Order
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.recovery import recover
from roomcast.core.room.room import Room
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import Session, Start
from roomcast.core.room.shared_map import SharedMap
from roomcast.core.room.shared_state import StateSizes
from roomcast.core.room.starting_points import StartingPoints
from roomcast.core.room.wire_formats import JsonWire
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.peer import Peer
from roomcast.server.driver import Driver
from roomcast.testing.disk import DiskCommitLog, MemoryStore
from roomcast.testing.disk_commit_log import RoomOnDisk
from roomcast.testing.promises import (
    BEGIN,
    BOUNDS,
    COUNTS,
    END,
    FOLD,
    FRESH,
    HERE,
    KEPT,
    LOSS,
    ONCE,
    ORDER,
    OWN,
    PROMISES,
    SKIP,
    TIME,
    TIMERS,
    WORLD,
)
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
    def welcomed(client: ClientCore, welcome: Any, now: float) -> None:
        client._secret = client._secret if welcome.resumed else ""
        as_it_was(client, welcome, now)

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
        return Start(starts._log.last, snapshot(state), session.n, starts._log.last)

    patch.setattr(ReaderStarts, "start", start)


@breaks(KEPT)
def who_goes_away_while_its_room_opens_joins_it(patch: Patch) -> None:
    def room_opened(peer: JsonPeer, room: Room, now: float) -> None:
        peer._enter(room, now)

    patch.setattr(JsonPeer, "room_opened", room_opened)
    patch.setattr(Directory, "exit", lambda directory, peer: directory.admission.exit(peer))


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


@breaks(FOLD)
def the_disk_forgets_what_came_after_its_snapshot(patch: Patch) -> None:
    def forget(disk: RoomOnDisk, kept: int) -> None:
        upto = max(disk.gone, disk.last - kept)
        disk.lines, disk.gone = disk.after(upto), upto

    patch.setattr(RoomOnDisk, "forget", forget)


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
        as_it_was(outbox, 0)
        outbox.n = n
        outbox.newest = n + len(outbox.unsent)

    as_it_was = Outbox.count_from
    patch.setattr(Outbox, "count_from", count_from)


@breaks(ONCE)
def a_function_is_called_twice(patch: Patch) -> None:
    def command(one: CallQueue, *what: Any) -> None:
        as_it_was(one, *what)
        if one._replica.seq % 10 == 0:
            as_it_was(one, *what)

    as_it_was = CallQueue.command
    patch.setattr(CallQueue, "command", command)


@breaks(ONCE)
def what_is_added_and_sent_again_is_added_again(patch: Patch) -> None:
    def change(room: Room, session: Session, request: SetRequest, now: float) -> int:
        session.n = min(session.n, request.n - 1)
        return as_it_was(room, session, request, now)

    as_it_was = Room.set
    patch.setattr(Room, "set", change)


# ---------------------------------------------------------------------- sums are right, and the first claim wins


def operate_otherwise(patch: Patch, op: str, operation: Callable[..., Raw]) -> None:
    patch.setattr(operations, "OPERATIONS", {**operations.OPERATIONS, op: operation})


@breaks(COUNTS)
def what_is_added_replaces_what_was_there(patch: Patch) -> None:
    operate_otherwise(patch, "add", lambda request, state, limits: request.p)


@breaks(COUNTS)
def fractions_are_cut_off_in_sums(patch: Patch) -> None:
    def add(request: SetRequest, state: SharedMap, limits: Limits) -> Raw:
        sums = msgspec.json.decode(operations._added(request, state, limits))
        return Raw(msgspec.json.encode({key: int(value) for key, value in sums.items()}))

    operate_otherwise(patch, "add", add)


@breaks(COUNTS)
def operations_see_a_state_that_is_an_entry_old(patch: Patch) -> None:
    def work_out(request: SetRequest, state: SharedMap, limits: Limits) -> SetRequest:
        before = earlier.get(request.of, state)
        earlier[request.of] = state
        return operations.work_out(request, before, limits)

    earlier: dict[str, SharedMap] = {}
    patch.setattr(room_module, "work_out", work_out)


@breaks(COUNTS)
def the_last_claim_wins(patch: Patch) -> None:
    operate_otherwise(patch, "claim", lambda request, state, limits: request.p)


@breaks(COUNTS)
def nobodys_claim_is_heard(patch: Patch) -> None:
    operate_otherwise(patch, "claim", lambda request, state, limits: NO_STATE)


@breaks(COUNTS)
def a_swap_does_not_compare(patch: Patch) -> None:
    operate_otherwise(patch, "swap", lambda request, state, limits: request.p)


# ---------------------------------------------------------------------- what is outdated is not sent


@breaks(FRESH)
def after_a_resume_all_moves_are_sent_again(patch: Patch) -> None:
    patch.setattr(Outbox, "_newest", lambda outbox, unsent: unsent)


@breaks(FRESH)
def what_is_too_old_is_sent_after_a_resume(patch: Patch) -> None:
    def count_from(outbox: Outbox, n: int) -> None:
        as_it_was(outbox, n)
        outbox.expires = inf

    as_it_was = Outbox.count_from
    patch.setattr(Outbox, "count_from", count_from)


@breaks(FRESH)
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


@breaks(FRESH)
def what_is_dropped_is_not_counted(patch: Patch) -> None:
    def drop_too_old(outbox: Outbox, now: float) -> None:
        before = outbox.outdated
        as_it_was(outbox, now)
        outbox.outdated = before

    as_it_was = Outbox.drop_too_old
    patch.setattr(Outbox, "drop_too_old", drop_too_old)


@breaks(END)
def a_move_for_others_takes_the_place_of_one(patch: Patch) -> None:
    patch.setattr(outbox, "_kind", lambda message: message.c)


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
def newcomers_get_no_seed_for_their_dice(patch: Patch) -> None:
    patch.setattr(reader_starts, "snapshot", lambda state, *at: msgspec.structs.replace(snapshot(state, *at), seed=""))


@breaks(FOLD)
def a_kept_room_draws_its_seed_anew(patch: Patch) -> None:
    def recover_otherwise(log: Order, name: str, saved: SavedRoom, *more: Any) -> Any:
        found = recover(log, name, saved, *more)
        log.state.seed = f"another, in epoch {saved.epoch}" if log.state.seed else ""
        return found

    patch.setattr(room_module, "recover", recover_otherwise)


@breaks(FOLD)
def programs_hash_something_else(patch: Patch) -> None:
    check = ClientCore.check
    patch.setattr(
        ClientCore,
        "check",
        lambda client, log, seq, digest: check(client, log, seq, digest if client.me != "player1" else "0"),
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


# ---------------------------------------------------------------------- time never goes back


@breaks(TIME)
def a_room_that_opens_again_takes_the_time_from_the_clock(patch: Patch) -> None:
    def recovered(log: Order, name: str, saved: SavedRoom, now: float) -> None:
        recover(log, name, saved, now)
        log.at = 0
        log.set_time(now)

    patch.setattr(room_module, "recover", recovered)


@breaks(TIME)
def a_room_follows_a_clock_that_is_set_back(patch: Patch) -> None:
    def time(log: Order, now: float) -> int:
        return log._clock.at(now)

    patch.setattr(Order, "time", time)


# ---------------------------------------------------------------------- timers run once, in one order


@breaks(TIMERS)
def timers_run_after_the_entry_that_they_belong_before(patch: Patch) -> None:
    def is_due(one: TimerRunner, timers: Timers, ticked: float) -> bool:
        return as_it_was(one, timers, ticked) if not one._core.events else timers.due <= one._replica.at

    as_it_was = TimerRunner._is_due
    patch.setattr(TimerRunner, "_is_due", is_due)


@breaks(TIMERS)
def timers_run_as_soon_as_our_own_clock_says(patch: Patch) -> None:
    def take(one: TimerRunner, ticked: float) -> bool:
        return as_it_was(one, max(ticked, one._replica.at + 200))

    as_it_was = TimerRunner.take
    patch.setattr(TimerRunner, "take", take)


@breaks(TIMERS)
def of_two_timers_the_later_one_runs_first(patch: Patch) -> None:
    def set_timer(timers: Timers, *what: Any) -> Any:
        timers._number -= 2
        return as_it_was(timers, *what)

    as_it_was = Timers.set
    patch.setattr(Timers, "set", set_timer)


@breaks(TIMERS)
def a_repeated_timer_counts_from_when_it_ran(patch: Patch) -> None:
    def ran(timers: Timers, timer: TimerRecord, runs: int, seq: int) -> None:
        as_it_was(timers, timer, runs, seq)
        if timer.runs > runs:
            timers.rest(0, timers.due % 16)

    as_it_was = Timers.ran
    patch.setattr(Timers, "ran", ran)


@breaks(TIMERS)
def a_timer_runs_twice_when_the_connection_was_lost(patch: Patch) -> None:
    def resumed(one: inbox.Inbox, event: Any) -> None:
        as_it_was(one, event)
        if one.timer_runner.timers is not None:
            for _, _, timer in one.timer_runner.timers._heap:
                timer.runs = max(0, timer.runs - 1)

    as_it_was = inbox.Inbox._resumed
    patch.setitem(inbox._TAKE, Resumed, resumed)


@breaks(TIMERS)
def timers_do_not_rest(patch: Patch) -> None:
    patch.setattr(Timers, "rest", lambda timers, since, until: None)


@breaks(TIMERS)
def what_nobody_saw_is_made_up_for_before_somebody_comes(patch: Patch) -> None:
    patch.setattr(players.Replica, "is_anyone_here", lambda replica: True)


@breaks(TIMERS)
def a_tick_overtakes_entries_that_are_not_committed(patch: Patch) -> None:
    def tick(room: Room, now: float) -> None:
        commits = room.commits
        committed, commits.committed = commits.committed, room.log.last
        try:
            as_it_was(room, now)
        finally:
            commits.committed = committed

    as_it_was = Room._tick
    patch.setattr(Room, "_tick", tick)


@breaks(TIMERS)
def entries_come_that_are_from_before_a_tick(patch: Patch) -> None:
    def tick(feed: Feed, at: int) -> int:
        return as_it_was(feed, at + 100)

    as_it_was = Feed.tick
    patch.setattr(Feed, "tick", tick)


@breaks(TIMERS)
def a_quiet_room_tells_no_time(patch: Patch) -> None:
    patch.setattr(Room, "time_to_flush", lambda room, when: False)


@breaks(TIMERS)
def a_client_that_comes_back_does_not_ask_for_the_time_again(patch: Patch) -> None:
    patch.setattr(Wakes, "connected", lambda wakes: None)


# ---------------------------------------------------------------------- programs have the same state of their own


@breaks(OWN)
def a_world_is_of_an_earlier_moment(patch: Patch) -> None:
    def text(world: World, *what: Any) -> str:
        now = as_it_was(world, *what)
        before, earlier[world] = earlier.get(world, now), now
        return before

    earlier: dict[World, str] = {}
    as_it_was = World.text
    patch.setattr(World, "text", text)


@breaks(OWN)
def dice_of_timers_begin_anew_with_a_world(patch: Patch) -> None:
    def saved(timers: Timers, seq: int) -> SavedTimers:
        return as_it_was(timers, seq)._replace(ran={})

    as_it_was = Timers.saved
    patch.setattr(Timers, "saved", saved)


@breaks(OWN)
def ids_of_timers_are_counted_by_each_program_for_itself(patch: Patch) -> None:
    patch.setattr(Timers, "_next_id", lambda timers, seq: timers._number)


@breaks(TIMERS)
def timers_of_a_world_are_forgotten(patch: Patch) -> None:
    def restore(timers: Timers, saved: SavedTimers, *more: Any) -> None:
        as_it_was(timers, saved._replace(records=[]), *more)

    as_it_was = Timers.restore
    patch.setattr(Timers, "restore", restore)


# ---------------------------------------------------------------------- who asks for the beginning gets it


@breaks(BEGIN)
def who_asks_for_the_beginning_gets_the_newest_place(patch: Patch) -> None:
    def earliest(points: StartingPoints, gone: int, committed: int) -> Any:
        return next((point for point in reversed(points._points) if gone <= point.seq <= committed), None)

    patch.setattr(StartingPoints, "earliest", earliest)


@breaks(BEGIN)
def who_waits_for_a_world_is_forgotten(patch: Patch) -> None:
    patch.setattr(ReaderStarts, "settle", lambda starts, state, now: [])


# ---------------------------------------------------------------------- a world is that of most


@breaks(WORLD)
def nobody_is_compared(patch: Patch) -> None:
    patch.setattr(worlds, "who_differs", lambda hashes: [])


@breaks(WORLD)
def those_who_agree_are_named(patch: Patch) -> None:
    def agree(hashes: Any) -> list[str]:
        differing = who_differs(hashes)
        return [player for player in hashes if player not in differing] if differing else []

    patch.setattr(worlds, "who_differs", agree)


@breaks(WORLD)
def a_text_is_not_compared_with_its_hash(patch: Patch) -> None:
    patch.setattr(worlds, "_text_of", lambda question: "".join(question.parts) if question.whole else "")


@breaks(WORLD)
def who_has_missed_something_is_asked_for_its_world(patch: Patch) -> None:
    def start(starts: ReaderStarts, session: Session, *what: Any, **how: Any) -> Any:
        found = as_it_was(starts, session, *what, **how)
        session.knows_world = session.start == "world"
        return found

    as_it_was = ReaderStarts.start
    patch.setattr(ReaderStarts, "start", start)


@breaks(WORLD)
def a_world_is_on_disk_before_its_entries(patch: Patch) -> None:
    def save_world(log: DiskCommitLog, found: Any) -> None:
        disk = log._disk
        assert isinstance(disk, MemoryStore)
        disk.kept.setdefault(log.room, RoomOnDisk()).world = found

    patch.setattr(DiskCommitLog, "save_world", save_world)


# ---------------------------------------------------------------------- memory has bounds


@breaks(BOUNDS)
def a_world_does_not_count_as_state(patch: Patch) -> None:
    measure = StateSizes.measure
    patch.setattr(
        StateSizes, "measure", lambda sizes, owner, held: None if owner == " world" else measure(sizes, owner, held)
    )


@breaks(BOUNDS)
def a_world_may_have_any_size(patch: Patch) -> None:
    def ask(one: worlds.Worlds, *what: Any, **how: Any) -> Any:
        one._most = 10**9
        return as_it_was(one, *what, **how)

    as_it_was = worlds.Worlds.ask
    patch.setattr(worlds.Worlds, "ask", ask)


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
    def disconnected(client: ClientCore, why: str, now: float, **how: bool) -> None:
        as_it_was(client, why, now)
        if client.stage is Stage.OFFLINE:
            client.outbox.waiting.clear()
            client.outbox.unsent.clear()

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
    """It may break other promises as well, and some seeds show those first."""
    found: list[str] = []
    for one in map(run_scenario, range(SEEDS)):
        if one.broken.startswith(f"{planted}: "):
            return
        found.append(one.broken)
    pytest.fail("\n".join(filter(None, found)) or "nothing was found")


def test_each_promise_is_broken_by_one_of_them() -> None:
    assert {promise for promise, _ in FAULTS.values()} == set(PROMISES)
