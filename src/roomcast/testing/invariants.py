"""The promises that every simulation checks, one function each. A function raises `Broken` if its promise is broken.

A *true log* is the complete log of a room, from its first entry (true_log.py). A *view* is what one program has
received of it (program_view.py), its *actions* what it sent (actions.py). `seq` is an entry's place: 1, 2, 3 …
"""

from __future__ import annotations

from math import inf
from typing import Final

from roomcast.core.client.client_core import MAX_WAITING
from roomcast.core.client.client_events import Closed
from roomcast.core.protocol import codec, line_protocol
from roomcast.core.protocol.messages import Do, Entry, Hidden, Join, Set, Skipped
from roomcast.core.protocol.names import PARCEL
from roomcast.core.room.commit_log import Level
from roomcast.core.room.fold import RoomState
from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.testing.actions import RemoteProgram, action_of
from roomcast.testing.disk import MemoryStore
from roomcast.testing.program_view import ProgramView, WelcomeContext
from roomcast.testing.true_log import TrueLog

ORDER: Final = "one order for all"
SKIP: Final = "skips are reported, and needed"
LOSS: Final = "losses are reported"
KEPT: Final = "acknowledged means kept"
ONCE: Final = "each command at most once"
FOLD: Final = "state is the fold"
HERE: Final = "presence is right"
BOUNDS: Final = "memory has bounds"
END: Final = "in the end, everything has arrived"
PROMISES: Final = (ORDER, SKIP, LOSS, KEPT, ONCE, FOLD, HERE, BOUNDS, END)

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
        if line_protocol.render(entry) == line + b"\n":
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
    _, state = log.left.get(join.by, (0, {})) if sender.session in log.sessions else (0, {})
    log.sessions.add(sender.session)
    if join.state != state:
        raise Broken(KEPT, f"{join.by} joined with the state {join.state} instead of {state}")


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
    action = action_of(entry)
    index = actions.find(action, max(log.last_action.get(actions, -1), actions.acknowledged) + 1)
    if index is None:
        raise Broken(ONCE, f"entry {entry.s} by {actions} is a duplicate, out of order, or was never sent: {action}")
    log.set_author(entry, actions, index)


# ---------------------------------------------------------------------- state is the fold of the log


def is_the_fold(who: object, state: RoomState, log: TrueLog, seq: int) -> None:
    """Players and shared state follow from the log: in the room, in snapshots, in every program."""
    true = log.states[seq]
    if state != true or list(state.players) != list(true.players):
        raise Broken(FOLD, f"{who} has, after entry {seq}, {state} instead of {true}")


def states_agree(log: TrueLog) -> None:
    """Programs that hash the same state are never told that their states differ."""
    for entry in log.entries:
        if type(entry).__name__ == "Desync":
            raise Broken(FOLD, f"entry {entry.s} says that states differ, and none did")


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


# ---------------------------------------------------------------------- memory has bounds


def bounded(directory: Directory) -> None:
    """Rooms keep to their limits: players, state, entries kept, bytes kept. Every session is in exactly one table."""
    limits = directory.limits
    for room in directory.rooms.values():
        players = room.state.players.values()
        if len(players) > limits.room_players:
            raise Broken(BOUNDS, f"{room.name} has {len(players)} players where {limits.room_players} are allowed")
        most = max((len(codec.encode(player.state)) for player in players), default=0)
        if most > limits.player_state or len(codec.encode(room.state.shared)) > limits.room_state:
            raise Broken(BOUNDS, f"{room.name} shares more than is allowed: {room.state}")
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


def all_there(view: ProgramView, newest: TrueLog) -> None:
    """When faults have ended, every present program has the whole log, and its actions are in it or reported lost."""
    if view.log is not newest or view.seq != newest.last:
        raise Broken(END, f"{view} is at {view.seq}, and the log ends at {newest.last}")
    if not newest.states[-1].players[view.me].here:
        raise Broken(HERE, f"{view} is there, and shown as away")
    actions = view.actions
    there = {index for author, index in newest.authors.values() if author is actions}
    missing = set(range(len(actions.sent))) - there - actions.undone
    lost = actions.reported_lost
    if view.shared:
        # Another program has used this session's numbers: what came back under them seems to be ours, too.
        lost += sum(
            author is not actions and newest.entries[seq - 1].by == view.me
            for seq, (author, _) in newest.authors.items()
        )
    if len(missing) > lost:
        raise Broken(END, f"{view} sent {sorted(missing)}, of which {actions.reported_lost} were reported lost")
