"""The promises that every simulation checks, one function each. A function raises `Broken` if its promise is broken.

A *true log* is the complete log of a room, from its first entry (true_log.py). A *view* is what one program has
received of it (program_view.py), its *actions* what it sent (actions.py). `seq` is an entry's place: 1, 2, 3 …
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from math import inf
from typing import Final

from msgspec import json

from roomcast.core.client.client_events import Closed
from roomcast.core.client.send_queue import MAX_WAITING
from roomcast.core.protocol import codec
from roomcast.core.protocol.line_codec import STANDARD
from roomcast.core.protocol.messages import NO_STATE, AnyEntry, Desync, Do, Entry, Hidden, Join, Set, Skipped
from roomcast.core.protocol.names import PARCEL
from roomcast.core.room.commit_log import Level, World
from roomcast.core.room.fold import RoomState
from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.testing.actions import Operation, RemoteProgram, action_of
from roomcast.testing.disk import MemoryStore
from roomcast.testing.program_view import ProgramView, WelcomeContext
from roomcast.testing.timer_model import expected
from roomcast.testing.true_log import TrueLog

ORDER: Final = "one order for all"
SKIP: Final = "skips are reported, and needed"
LOSS: Final = "losses are reported"
KEPT: Final = "acknowledged means kept"
ONCE: Final = "each command at most once"
COUNTS: Final = "sums are right, and the first claim wins"
FRESH: Final = "what is outdated is not sent, and nothing else is dropped"
FOLD: Final = "state is the fold"
HERE: Final = "presence is right"
TIME: Final = "time never goes back"
TIMERS: Final = "timers run once, in one order"
OWN: Final = "programs have the same state of their own, whenever they came"
BEGIN: Final = "who asks for the beginning, or for a world, gets it, and is not let wait"
WORLD: Final = "a world is that of most, and who differs from most is named"
BOUNDS: Final = "memory has bounds"
END: Final = "in the end, everything has arrived"
PROMISES: Final = (
    ORDER, SKIP, LOSS, KEPT, ONCE, COUNTS, FRESH, FOLD, HERE, TIME, TIMERS, OWN, BEGIN, WORLD, BOUNDS, END,
)  # fmt: skip
"""What a simulation checks while it runs, a phrase each: `Broken.promise` is one of them."""

_MAX_WHILE_PAUSED: Final = 1024  # bytes: room for an error and a bye


class Broken(AssertionError):
    """A promise is broken. `promise` is one of `PROMISES`."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(promise, what)
        self.promise = promise

    def __str__(self) -> str:
        return ": ".join(self.args)


# ---------------------------------------------------------------------- one order for all


def in_order(view: ProgramView, entry: Entry | Hidden) -> None:
    """Every program gets every entry, one after the other, as it is in the log. Private ones of others are hidden."""
    if entry.s != view.seq + 1:
        raise Broken(ORDER, f"{view} got entry {entry.s} after {view.seq}")
    if entry.s > view.log.last:
        raise Broken(ORDER, f"{view} got entry {entry.s}, and the log ends at {view.log.last}")
    true = view.log.entries[entry.s - 1]
    private = isinstance(true, Do) and true.to is not None and view.me not in (true.by, *true.to)
    if private != isinstance(entry, Hidden) or not (private or entry == true):
        raise Broken(ORDER, f"{view} got {codec.encode(entry)!r} where the log has {codec.encode(true)!r}")


def lines_in_order(view: ProgramView, me: str, log: TrueLog, seq: int, line: bytes) -> int:
    """A line client gets the commands of others in log order, each once. Returns the seq of this one.

    Commands may be missing only if the room no longer keeps the first of them: the line protocol cannot report a skip.
    """
    expected = log.lines_for(me, seq)
    for entry in expected:
        if STANDARD.render(entry) == line + b"\n":
            return entry.s
        if expected[0].s >= log.room.log.first:
            break
    raise Broken(ORDER, f"{view} got {line!r}, which is not the next line after entry {seq}")


# ---------------------------------------------------------------------- skips and losses are reported


def skipped_for_a_reason(view: ProgramView, skipped: Skipped) -> None:
    """A skip starts right after the last entry read, leads forward, and starts at an entry no longer kept."""
    if skipped.first != view.seq + 1:
        raise Broken(SKIP, f"{view} is at {view.seq}, and was told of a skip from {skipped.first}")
    if not skipped.first <= skipped.last <= view.log.last:
        raise Broken(SKIP, f"{view} skips from {skipped.first} to {skipped.last} of {view.log.last}")
    if skipped.first >= view.log.room.log.first:
        raise Broken(SKIP, f"{view} skips {skipped.first}, which is kept")


def resumed_with_all_it_saw(view: ProgramView, log: TrueLog) -> None:
    """A program that resumes without a reported loss has seen nothing that a crash has undone."""
    if view.log.common(log) < view.seq:
        raise Broken(LOSS, f"{view} at {view.seq} was not told that a crash undid what it had seen")


def lost_for_a_reason(view: ProgramView, log: TrueLog, reported: str) -> None:
    """A reported loss has happened, has the right number of entries, and never happens at level full."""
    undone = view.seq - view.log.common(log)
    if undone <= 0 or f": {undone} entries" not in reported:
        raise Broken(LOSS, f"{view} lost {undone} entries, and was told: {reported or 'nothing'}")
    if log.level is Level.FULL:
        raise Broken(KEPT, f"{view} lost {undone} entries of a room of level full")


def new_session_for_a_reason(view: ProgramView, welcome: WelcomeContext, reported: str) -> None:
    """A program gets a new session only if it has none, or was away too long to be known; and then it is told why.

    A crash may lose sessions: all where nothing is kept, new ones where the level is relaxed.
    """
    if (view.sessions > 0) != bool(reported):
        raise Broken(LOSS, f"{view} had {view.sessions} sessions, and was told: {reported or 'nothing'}")
    kept = welcome.log.level is Level.FULL or (view.sessions and view.log is welcome.log)
    if view.sessions and kept and not view.shared and welcome.away_for < welcome.window:
        raise Broken(KEPT, f"{view} was away for {welcome.away_for:.1f} s, and its session is gone")


def closed_for_a_reason(view: ProgramView, closed: Closed) -> None:
    """A program that keeps to the protocol is not disconnected for good, unless it left or connected twice."""
    if closed.code not in ("left", "replaced"):
        raise Broken(END, f"{view} was disconnected for good: {closed.message} ({closed.code})")


# ---------------------------------------------------------------------- acknowledged means kept


def seen_when_on_disk(log: TrueLog, seq: int) -> None:
    """At level full nobody is sent an entry that is not on disk."""
    if log.level is Level.FULL and seq > log.saved:
        raise Broken(KEPT, f"entry {seq} was seen, and the disk has {log.saved}")


def opened_as_it_was(log: TrueLog) -> None:
    """A room opens with what is on disk, and nothing that was on disk is missing."""
    room, before = log.room, log.before
    if before is not None and log.base < before.saved:
        raise Broken(KEPT, f"{room.name} was on disk up to {before.saved}, and opens with {log.base}")
    if log.base > log.last:
        raise Broken(KEPT, f"{room.name} opens with {log.base} entries of {log.last}")
    kept = room.log.entries(room.log.first - 1, log.base)
    if kept != log.entries[room.log.first - 1 : log.base]:
        raise Broken(KEPT, f"{room.name} opens with entries that are not what happened")


def all_written(log: TrueLog) -> None:
    """A server that shuts down gracefully leaves nothing unwritten."""
    if log.saved < log.last:
        raise Broken(KEPT, f"{log.room.name}: {log.last} entries, {log.saved} on disk")


def has_its_own_state(log: TrueLog, join: Join, sender: RemoteProgram | None) -> None:
    """A player who returns after its seat was given up has its old state back; a new player has none."""
    if sender is None:
        raise Broken(KEPT, f"{join.by} joined, and nobody asked for it")
    _, state = log.left.get(join.by, (0, NO_STATE)) if sender.session in log.sessions else (0, NO_STATE)
    log.sessions.add(sender.session)
    if join.state != state:
        raise Broken(KEPT, f"{join.by} joined with the state {bytes(join.state)!r} instead of {bytes(state)!r}")


def still_there(view: ProgramView, newest: TrueLog) -> None:
    """An action that came back to its sender stays in the log, unless the sender was told that a crash undid it."""
    common = view.log.common(newest)
    for index, seq in view.actions.confirmed.items():
        if (seq <= common or view.present) and newest.authors.get(seq) != (view.actions, index):
            raise Broken(KEPT, f"action {index} of {view} is no longer entry {seq}")


# ---------------------------------------------------------------------- each command at most once


def done_once(log: TrueLog, entry: Do | Set, sender: RemoteProgram | None) -> None:
    """Every entry is an action of the player that it names, in the order of that program's actions, and once."""
    if sender is None or entry.by != sender.player:
        raise Broken(ONCE, f"entry {entry.s} is by {entry.by}, who did not send it")
    actions = sender.actions
    if entry.n <= log.last_n.get(sender.session, 0):
        raise Broken(ONCE, f"entry {entry.s} by {actions} has the number {entry.n}, which was there before")
    log.set_number(entry, sender.session)
    if isinstance(entry, Do) and entry.c == PARCEL:
        return  # a piece of a call with bytes: made by the client, not one of the program's actions
    action, start = action_of(entry), max(log.last_action.get(actions, -1), actions.acknowledged) + 1
    state = log.owned_by(entry.by if action[0] == "me" else "", entry.s - 1)
    index = actions.find(action, start, state)
    if index is None:
        if isinstance(entry, Set) and actions.may_find(action, start):
            raise Broken(COUNTS, f"entry {entry.s} by {actions} is {action}, which no operation makes of {state}")
        raise Broken(ONCE, f"entry {entry.s} by {actions} is a duplicate, out of order, or was never sent: {action}")
    log.set_author(entry, actions, index)


# ---------------------------------------------------------------------- sums are right, and the first claim wins


def counted(log: TrueLog) -> None:
    """A sum in the room's state is that of all that was added; a claimed key has the value of its first claim."""
    sums: dict[str, float] = {}
    claims: dict[str, object] = {}
    for _, (author, index) in sorted(log.authors.items()):
        action = author.sent[index]
        if isinstance(action, Operation) and action.of == "room":
            for key, value in action.patch.items():
                if action.op == "add":
                    sums[key] = sums.get(key, 0) + value
                elif action.op == "claim":
                    claims.setdefault(key, value)
    state = log.states[-1].shared
    for key, value in (sums | claims).items():
        if state.get(key) != value:
            raise Broken(COUNTS, f"{key} is {state.get(key)} in {log.room.name}, and should be {value}")


# ---------------------------------------------------------------------- what is outdated is not sent


def is_fresh(view: ProgramView, index: int, now: float) -> None:
    """An action that is being written is not too old, and the newest of its kind where only that one counts."""
    freshness = view.actions.fresh[index]
    if now > freshness.until:
        raise Broken(FRESH, f"{view} writes action {index} {now - freshness.until:.3f} s after its time")
    if freshness.latest and (newer := view.actions.newer(index)) is not None:
        raise Broken(FRESH, f"{view} writes action {index}, and has sent {newer}, which is newer")


def dropped_for_a_reason(view: ProgramView, missing: set[int], outdated: int) -> set[int]:
    """Those of the missing actions that may have been outdated: the newest of each kind is none of them.

    `outdated`: how many the program was told of.
    """
    actions = view.actions
    dropped = {
        index
        for index in missing
        if index in actions.fresh
        and (actions.fresh[index].until < inf or (actions.fresh[index].latest and actions.newer(index) is not None))
    }
    if len(dropped) > outdated + actions.reported_lost:
        raise Broken(FRESH, f"{view} misses {sorted(dropped)}, and was told of {outdated} that were outdated")
    if len(missing) < outdated:
        raise Broken(FRESH, f"{view} misses {sorted(missing)}, and was told that {outdated} were outdated")
    return dropped


# ---------------------------------------------------------------------- state is the fold of the log


def is_the_fold(who: object, state: RoomState, log: TrueLog, seq: int) -> None:
    """Players and shared state follow from the log: in the room, in snapshots, in every program."""
    true = log.states[seq]
    if state != true or list(state.players) != list(true.players):
        raise Broken(FOLD, f"{who} has, after entry {seq}, {state} instead of {true}")


# ---------------------------------------------------------------------- presence is right


def presence_is_right(room: Room) -> None:
    """A player is shown as here while it has a connection, and as away while it has none."""
    for session in room.sessions.values():
        record = room.state.players.get(session.id)
        if session.peer is not None and record is None:
            raise Broken(HERE, f"{session.id} is connected, and no player of {room.name}")
        if record is not None and record.here != (session.peer is not None):
            shown = "here" if record.here else "away"
            raise Broken(HERE, f"{session.id} is shown as {shown} in {room.name}, and is not")


# ---------------------------------------------------------------------- time never goes back


def later_than_the_last(log: TrueLog, entry: AnyEntry) -> None:
    """The entries of a room have times that never get less, whatever happens to the server and to its clock."""
    if log.entries and entry.at < log.entries[-1].at:
        raise Broken(TIME, f"entry {entry.s} is at {entry.at}, and the one before it at {log.entries[-1].at}")


# ---------------------------------------------------------------------- timers run once, in one order


def timers_in_place(view: ProgramView) -> None:
    """Each timer has run as often as it should, at the same place among entries and timers as everywhere."""
    runs = view.runs
    had_to_run, may_have_run = expected(view.log, view.since, view.seq, view.before + len(runs))
    true = (had_to_run + may_have_run[: view.before + len(runs) - len(had_to_run)])[view.before :]
    if runs != true:
        place = next((place for place, pair in enumerate(zip(runs, true, strict=False)) if pair[0] != pair[1]), -1)
        what = (
            f"{runs[place:][:3]} instead of {true[place:][:3]}" if place >= 0 else f"{len(runs)} instead of {len(true)}"
        )
        raise Broken(TIMERS, f"{view}, which has read {view.since} to {view.seq}, ran {what}")


def time_undone_for_a_reason(view: ProgramView) -> None:
    """An entry comes from before a tick only where the server has started again in between, with a clock set back."""
    log: TrueLog | None = view.log
    while log is not None and (log.before is None or view.seq != log.base + 1):
        log = log.before
    if log is None:
        raise Broken(TIMERS, f"{view} got entry {view.seq}, which is from before a tick")


def no_timer_is_late(view: ProgramView, time: float) -> None:
    """In the end: what was due by that time (Unix ms) has run, though no entry has told it."""
    ran = view.before + len(view.runs)
    had_to_run, to_come = expected(view.log, view.since, view.seq, ran + 1)
    late = [run for run in (had_to_run + to_come)[ran:] if run[1] <= time]
    if late:
        raise Broken(TIMERS, f"{view} has not run the timer of entry {late[0][0]}, which was due at {late[0][1]}")


# ---------------------------------------------------------------------- programs have the same state of their own


def own_states_agree(view: ProgramView, state: str) -> None:
    """All programs that have run a room from its beginning or from a world have the same state at the same place."""
    if view.whole and not view.taint:
        log, place = view.log.origin(view.seq), (view.seq, view.before + len(view.runs))
        if log.own.setdefault(place, state) != state:
            raise Broken(OWN, f"{view} has another state than others, after entry {place[0]} and {place[1]} timers")


def worlds_agree(view: ProgramView, at: int, text: str) -> None:
    """They save the same text, with the timers that wait. `at`: the room's time, Unix milliseconds."""
    if not view.taint:
        if not view.whole:
            raise Broken(WORLD, f"{view} is asked for its world after entry {view.seq}, and has missed something")
        true = view.log.origin(view.seq).worlds.setdefault((view.seq, at), text)
        if true != text:
            raise Broken(OWN, f"{view} saves, after entry {view.seq} at {at}, {text} where others save {true}")


# ---------------------------------------------------------------------- who asks for the beginning gets it


def begins_where_it_asked(view: ProgramView, seq: int, world: str, welcome: WelcomeContext) -> None:
    """A program that asks for the beginning starts there, where the room has its whole log; or else with a world."""
    if welcome.start and welcome.all_kept and seq > 0 and not (world and welcome.start == "world"):
        raise Broken(BEGIN, f"{view} asked for {welcome.start}, and starts after entry {seq} of a log that is whole")


def waits_for_no_world(room: Room) -> None:
    """In the end: nobody waits for a world, which nobody has given for so long."""
    if room._starts.wanting:
        who = ", ".join(one.session.id for one in room._starts.wanting)
        raise Broken(BEGIN, f"{who} wait for a world of {room.name}")


# ---------------------------------------------------------------------- a world is that of most


def world_is_that_of_most(log: TrueLog, world: World, answers: Mapping[str, str]) -> None:
    """A world that a room takes is the true one, unless more of those who were asked have said another.

    `answers`: hashes of those who were asked, by player.
    """
    true = log.world(world.seq, world.snapshot.at)
    if true is None or world.text == true:
        return
    right = _who_says(true, answers)
    if len(right) * 2 >= len(answers):
        raise Broken(WORLD, f"{log.room.name} takes a false world at {world.seq}: {sorted(right)} say another")


def liars_are_named(log: TrueLog, seq: int, at: int, answers: Mapping[str, str]) -> None:
    """Of those who were asked, less than half gave false answers: these are named."""
    true = log.world(seq, at)
    if true is None:
        return
    liars = answers.keys() - _who_says(true, answers)
    if 0 < len(liars) * 2 < len(answers) and not any(set(entry.who) == liars for entry in _desyncs(log)):
        raise Broken(WORLD, f"{sorted(liars)} of {sorted(answers)} lied about {log.room.name} at {seq}: not named")


def named_for_a_reason(log: TrueLog, desync: Desync, at: int, answers: Mapping[str, str]) -> None:
    """Nobody is named for the true answer, unless no more have given it than others."""
    true = log.world(desync.after, at)
    if true is None:
        return
    right = _who_says(true, answers)
    if (named := right.intersection(desync.who)) and len(right) * 2 > len(answers):
        raise Broken(WORLD, f"entry {desync.s} of {log.room.name} names {sorted(named)}, who told the truth")


def opened_with_a_world_of_its_own(log: TrueLog, world: World) -> None:
    """The world of a room that opens again is of its log, and not of entries that a crash has undone."""
    if world.seq > log.base:
        raise Broken(WORLD, f"{log.room.name} opens with {log.base} entries, and a world after {world.seq}")
    if not json.decode(world.text)["world"]["taint"] and log.world(world.seq, world.snapshot.at) != world.text:
        raise Broken(WORLD, f"{log.room.name} opens with a world after {world.seq} that nobody has given")


def _who_says(true: str, answers: Mapping[str, str]) -> set[str]:
    digest = hashlib.sha256(true.encode()).hexdigest()
    return {player for player, answer in answers.items() if answer == digest}


def _desyncs(log: TrueLog) -> list[Desync]:
    return [entry for entry in log.entries if isinstance(entry, Desync)]


# ---------------------------------------------------------------------- memory has bounds


def bounded(directory: Directory) -> None:
    """Rooms keep to their limits: players, state, entries kept, bytes kept. Every session is in exactly one table."""
    limits = directory.limits
    for room in directory.rooms.values():
        players = room.state.players.values()
        if len(players) > limits.room_players:
            raise Broken(BOUNDS, f"{room.name} has {len(players)} players where {limits.room_players} are allowed")
        most = max((len(player.state.text()) for player in players), default=0)
        if most > limits.player_state or len(room.state.shared.text()) > limits.room_state:
            raise Broken(BOUNDS, f"{room.name} shares more than is allowed: {room.state}")
        _world_is_bounded(room)
        if room.flushed_at == -inf:
            continue  # just opened, with what the disk gave it
        fresh = room.log.last - room.feed.flushed  # these cannot be trimmed yet
        if len(room.log) - fresh > limits.kept_entries * 1.1 + 1:
            raise Broken(BOUNDS, f"{room.name} keeps {len(room.log)} entries where {limits.kept_entries} are allowed")
        size = sum(map(len, room.log.lines(room.log.first - 1, room.log.last)))
        if not fresh and size > limits.kept_bytes * 1.1:
            raise Broken(BOUNDS, f"{room.name} keeps {size} bytes where {limits.kept_bytes} are allowed")
    for room in directory.rooms.values():
        known = {session.secret for session in room.sessions.values() if session.secret}
        if known != room.seats._by_secret.keys():
            raise Broken(BOUNDS, f"{room.name} finds {list(room.seats._by_secret)}, and has the sessions {known}")
    counted = sum(room.state_sizes.held for room in directory.rooms.values())
    if directory.state_total.held != counted:
        raise Broken(BOUNDS, f"{directory.state_total.held} bytes of state are counted, and rooms hold {counted}")


def _world_is_bounded(room: Room) -> None:
    """A world, and what has come of the next one, is no larger than it may be, and counts as state."""
    worlds, most = room._worlds, room.limits.world_size
    size = 0 if worlds.newest is None else worlds.newest.size
    coming = 0 if worlds._question is None else sum(map(len, worlds._question.parts))
    if size > most or coming > most:
        raise Broken(BOUNDS, f"{room.name} has a world of {size} bytes, and of the next one {coming}, of {most}")
    if room.state_sizes._by_owner.get(" world", 0) != size:
        raise Broken(BOUNDS, f"{room.name} has a world of {size} bytes, which is not counted as state")


def little_unread(name: str, written_while_paused: int) -> None:
    """Nothing but a final error and bye is written to a connection that does not read: it is a cursor on the log."""
    if written_while_paused > _MAX_WHILE_PAUSED:
        raise Broken(BOUNDS, f"{name} reads nothing, and got {written_while_paused} bytes more")


def little_unacknowledged(name: str, waiting: int) -> None:
    """A program keeps a bounded number of messages that are not acknowledged."""
    if waiting > MAX_WAITING:
        raise Broken(BOUNDS, f"{name} keeps {waiting} messages")


def forgotten(directory: Directory, store: MemoryStore, present: dict[str, int]) -> None:
    """After the resume window a room knows only the players present, and empty rooms are closed.

    `present` is the number of players by room.
    """
    for name, room in directory.rooms.items():
        if name not in present:
            raise Broken(BOUNDS, f"{name} is empty, and still open")
        if not len(room.sessions) == len(room.state.players) == room.feed.caught_up == present[name]:
            known = f"{list(room.sessions)} as sessions, {list(room.state.players)} as players"
            raise Broken(BOUNDS, f"{name} has {present[name]} players, and knows {known}; {room.feed.caught_up} read")
        if room.feed._lagging:
            raise Broken(BOUNDS, f"{name} is quiet, and {len(room.feed._lagging)} connections are still behind")
        on_disk = store.kept[name].sessions if name in store.kept else room.sessions
        if len(on_disk) != present[name]:
            promise = KEPT if len(on_disk) < present[name] else BOUNDS
            raise Broken(promise, f"{name} has {present[name]} players, and on disk the sessions {list(on_disk)}")


# ---------------------------------------------------------------------- in the end, everything has arrived


def all_there(view: ProgramView, newest: TrueLog, outdated: int) -> None:
    """When faults have ended, every present program has the whole log, and its actions are in it or reported lost.

    `outdated`: how many it was told were outdated, and not sent.
    """
    if view.log is not newest or view.seq != newest.last:
        raise Broken(END, f"{view} is at {view.seq}, and the log ends at {newest.last}")
    if not newest.states[-1].players[view.me].here:
        raise Broken(HERE, f"{view} is there, and shown as away")
    actions = view.actions
    there = {index for author, index in newest.authors.values() if author is actions}
    missing = set(range(len(actions.sent))) - there - actions.undone
    missing -= dropped_for_a_reason(view, missing, outdated)
    lost = actions.reported_lost
    if view.shared:
        # Another program has used this session's numbers: what came back under them seems to be ours, too.
        lost += sum(
            author is not actions and newest.entries[seq - 1].by == view.me
            for seq, (author, _) in newest.authors.items()
        )
    if len(missing) > lost:
        raise Broken(END, f"{view} sent {sorted(missing)}, of which {actions.reported_lost} were reported lost")
