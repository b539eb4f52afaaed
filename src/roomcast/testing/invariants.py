"""What must never happen, on one page. Each function is one promise, and is asked whenever it could be broken.

The words: a *chronicle* is the whole log of a room as it truly was, from its first entry (chronicle.py). A *view* is
what one program was told of it, and did (views.py). `seq` is a place in the order: 1, 2, 3 …
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from roomcast.core.client.client_core import MOST_WAITING, Closed
from roomcast.core.protocol import codec, line_protocol
from roomcast.core.protocol.messages import Do, Entry, Hidden, Join, Set, Skipped
from roomcast.core.protocol.names import PARCEL
from roomcast.core.room.commit_log import Level
from roomcast.core.room.fold import RoomState
from roomcast.testing.chronicle import Chronicle, doing_of, is_for

if TYPE_CHECKING:
    from roomcast.core.room.room import Room
    from roomcast.core.server.directory import Directory
    from roomcast.testing.disk import MemoryStore
    from roomcast.testing.simulated_peer import ServerEnd
    from roomcast.testing.views import View

ORDER: Final = "one order for all"
SKIP: Final = "a skip is told, and needed"
LOSS: Final = "a loss is told"
KEPT: Final = "acknowledged means kept"
ONCE: Final = "each command at most once"
FOLD: Final = "state is the fold"
HERE: Final = "it is known who is here"
BOUNDS: Final = "memory has bounds"
END: Final = "in the end, everything is there"
PROMISES: Final = (ORDER, SKIP, LOSS, KEPT, ONCE, FOLD, HERE, BOUNDS, END)


class Broken(AssertionError):
    """A promise is broken. `promise` is one of `PROMISES`."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(promise, what)
        self.promise = promise

    def __str__(self) -> str:
        return ": ".join(self.args)


# ---------------------------------------------------------------------- one order for all


def in_order(view: View, entry: Entry | Hidden) -> None:
    """Every program gets every entry, one after the other, as it stands in the log, private ones of others hidden."""
    if entry.s != view.seq + 1:
        raise Broken(ORDER, f"{view} got entry {entry.s} after {view.seq}")
    if entry.s > view.chronicle.last:
        raise Broken(ORDER, f"{view} got entry {entry.s}, and the log ends at {view.chronicle.last}")
    true = view.chronicle.entries[entry.s - 1]
    private = isinstance(true, Do) and true.to is not None and view.me not in (true.by, *true.to)
    if private != isinstance(entry, Hidden) or not (private or entry == true):
        raise Broken(ORDER, f"{view} got {codec.encode(entry)!r} where the log has {codec.encode(true)!r}")


def heard_by_line(view: View, me: str, chronicle: Chronicle, seq: int, line: bytes) -> int:
    """A starter client hears the commands of others in their order, each once; returns the seq of this one.

    It may pass over some only where the first of these is no longer kept: it has no word for a skip.
    """
    coming = [entry for entry in chronicle.entries[seq:] if is_for(entry, me)]
    for entry in coming:
        if line_protocol.render(entry) == line + b"\n":
            return entry.s
        if coming[0].s >= chronicle.room.log.first:
            break
    raise Broken(ORDER, f"{view} heard {line!r}, which is not the next after {seq}")


# ---------------------------------------------------------------------- what is missed is told


def skipped_for_a_reason(view: View, skipped: Skipped) -> None:
    """A skip begins where the reading ended, leads forward, and only over what the room no longer keeps."""
    if skipped.first != view.seq + 1:
        raise Broken(SKIP, f"{view} stood at {view.seq}, and was told of a skip from {skipped.first}")
    if not skipped.first <= skipped.last <= view.chronicle.last:
        raise Broken(SKIP, f"{view} skips from {skipped.first} to {skipped.last} of {view.chronicle.last}")
    if skipped.first >= view.chronicle.room.log.first:
        raise Broken(SKIP, f"{view} skips {skipped.first}, which is kept")


def resumed_with_all_it_saw(view: View, chronicle: Chronicle) -> None:
    """Who goes on without a word of loss has seen nothing that a crash has undone."""
    if view.chronicle.common(chronicle) < view.seq:
        raise Broken(LOSS, f"{view} at {view.seq} was not told that a crash undid what it had seen")


def lost_for_a_reason(view: View, chronicle: Chronicle, told: str) -> None:
    """Who is told of a loss has had one, of just so many entries, and never in a room of the level full."""
    undone = view.seq - view.chronicle.common(chronicle)
    if undone <= 0 or f": {undone} entries" not in told:
        raise Broken(LOSS, f"{view} lost {undone} entries, and was told: {told or 'nothing'}")
    if chronicle.level is Level.FULL:
        raise Broken(KEPT, f"{view} lost {undone} entries of a room of the level full")


def told_of_a_new_session(view: View, chronicle: Chronicle, told: str, away_for: float, window: float) -> None:
    """Who is let in as somebody new was nobody before, or is told why; and has been away for too long to be known.

    A server that crashed may have lost a session: all where rooms are not kept, a new one where they are relaxed.
    """
    if (view.sessions > 0) != bool(told):
        raise Broken(LOSS, f"{view} had {view.sessions} sessions, and was told: {told or 'nothing'}")
    kept = chronicle.level is Level.FULL or (view.sessions and view.chronicle is chronicle)
    if view.sessions and kept and not view.shared and away_for < window:
        raise Broken(KEPT, f"{view} was away for {away_for:.1f} s, and its session is gone")


def closed_for_a_reason(view: View, closed: Closed) -> None:
    """Nobody is sent away for good who keeps to the protocol, unless it left, or is here a second time."""
    if closed.code not in ("left", "replaced"):
        raise Broken(END, f"{view} was sent away: {closed.message} ({closed.code})")


# ---------------------------------------------------------------------- acknowledged means kept


def seen_when_on_disk(chronicle: Chronicle, seq: int) -> None:
    """In a room of the level full nobody sees what is not on disk."""
    if chronicle.level is Level.FULL and seq > chronicle.saved:
        raise Broken(KEPT, f"entry {seq} was seen, and the disk has {chronicle.saved}")


def opened_as_it_was(chronicle: Chronicle) -> None:
    """A room opens with what is on disk, and what had been on disk is still there."""
    room, before = chronicle.room, chronicle.before
    if before is not None and chronicle.base < before.saved:
        raise Broken(KEPT, f"{room.name} was on disk up to {before.saved}, and opens with {chronicle.base}")
    if chronicle.base > chronicle.last:
        raise Broken(KEPT, f"{room.name} opens with {chronicle.base} entries of {chronicle.last}")
    kept = room.log.entries(room.log.first - 1, chronicle.base)
    if kept != chronicle.entries[room.log.first - 1 : chronicle.base]:
        raise Broken(KEPT, f"{room.name} opens with entries that are not what happened")


def all_written(chronicle: Chronicle) -> None:
    """A server that ends as it should leaves nothing unwritten."""
    if chronicle.saved < chronicle.last:
        name = chronicle.room.name
        raise Broken(KEPT, f"{name}: {chronicle.last} entries, {chronicle.saved} on disk")


def has_its_own_state(chronicle: Chronicle, join: Join, end: ServerEnd) -> None:
    """Who comes back after its seat was given up has the state that it had; who is new has none."""
    _, state = chronicle.left.get(join.by, (0, {})) if end.session in chronicle.sessions else (0, {})
    chronicle.sessions.add(end.session)
    if join.state != state:
        raise Broken(KEPT, f"{join.by} came with the state {join.state} instead of {state}")


def still_there(view: View, newest: Chronicle) -> None:
    """What came back to its sender is in the log for ever, unless the sender was told that a crash undid it."""
    common = view.chronicle.common(newest)
    for number, seq in view.own.items():
        if (seq <= common or view.present) and newest.whose.get(seq) != (view, number):
            raise Broken(KEPT, f"doing {number} of {view} is no longer entry {seq}")


# ---------------------------------------------------------------------- each command at most once


def done_once(chronicle: Chronicle, entry: Do | Set, end: ServerEnd | None) -> None:
    """What is in the log was done by the one whose name it has, in the order of doing, and once."""
    if end is None or entry.by != end.player:
        raise Broken(ONCE, f"entry {entry.s} is by {entry.by}, who did not do it")
    if entry.n <= chronicle.last_n.get(end.session, 0):
        raise Broken(ONCE, f"entry {entry.s} by {end.view} has the number {entry.n}, which was there before")
    chronicle.number(entry, end.session)
    if isinstance(entry, Do) and entry.c == PARCEL:
        return  # a piece of a call with bytes: its client made it of what the program did
    doing = doing_of(entry)
    number = end.view.find(doing, max(chronicle.last_done.get(end.view, -1), end.view.acknowledged) + 1)
    if number is None:
        raise Broken(ONCE, f"entry {entry.s} by {end.view} is there already, out of order, or was never done: {doing}")
    chronicle.own(entry, end.view, number)


# ---------------------------------------------------------------------- state is the fold of the log


def is_the_fold(who: object, state: RoomState, chronicle: Chronicle, seq: int) -> None:
    """Players and shared state are what the log makes of them: in the room, in snapshots, in every program."""
    true = chronicle.states[seq]
    if state != true or list(state.players) != list(true.players):
        raise Broken(FOLD, f"{who} has, after entry {seq}, {state} instead of {true}")


def knows_who_is_here(room: Room) -> None:
    """A player is shown as here while it has a connection, and as away while it has none."""
    for session in room.sessions.values():
        record = room.state.players.get(session.id)
        if session.peer is not None and record is None:
            raise Broken(HERE, f"{session.id} is connected, and no player of {room.name}")
        if record is not None and record.here != (session.peer is not None):
            raise Broken(
                HERE, f"{session.id} is shown as {'here' if record.here else 'away'} in {room.name}, and is not"
            )


# ---------------------------------------------------------------------- memory has bounds


def bounded(directory: Directory) -> None:
    """A room keeps the newest entries only; it knows no one who is gone for good; sessions are in one table."""
    limits = directory.limits
    for room in directory.rooms.values():
        players = room.state.players.values()
        if len(players) > limits.room_players:
            raise Broken(BOUNDS, f"{room.name} has {len(players)} players where {limits.room_players} are allowed")
        most = max((len(codec.encode(player.state)) for player in players), default=0)
        if most > limits.player_state or len(codec.encode(room.state.shared)) > limits.room_state:
            raise Broken(BOUNDS, f"{room.name} shares more than is allowed: {room.state}")
        if room.flushed_at == -inf:
            continue  # it was opened a moment ago, with what the disk gave it
        fresh = room.log.last - room.feed.flushed  # these cannot be forgotten yet
        if len(room.log) - fresh > limits.kept_entries * 1.1 + 1:
            raise Broken(BOUNDS, f"{room.name} keeps {len(room.log)} entries where {limits.kept_entries} are allowed")
        size = sum(map(len, room.log.lines(room.log.first - 1, room.log.last)))
        if not fresh and size > limits.kept_bytes * 1.1:
            raise Broken(BOUNDS, f"{room.name} keeps {size} bytes where {limits.kept_bytes} are allowed")
    known = sum(bool(session.secret) for room in directory.rooms.values() for session in room.sessions.values())
    if known != len(directory._sessions):
        raise Broken(BOUNDS, f"{len(directory._sessions)} sessions can be found, and the rooms have {known}")


def little_unread(end: ServerEnd) -> None:
    """Who does not read is not written to, but for a goodbye: it is a cursor on the log."""
    if end.written_while_paused > 1024:
        raise Broken(BOUNDS, f"{end.view} reads nothing, and got {end.written_while_paused} bytes more")


def little_unacknowledged(view: View, waiting: int) -> None:
    """What a program keeps until it comes back has a bound, too."""
    if waiting > MOST_WAITING:
        raise Broken(BOUNDS, f"{view} keeps {waiting} messages")


def forgotten(directory: Directory, store: MemoryStore, present: dict[str, int]) -> None:
    """Long after all others have gone, a room knows all who are there, and nobody else; an empty room is closed."""
    for name, room in directory.rooms.items():
        if name not in present:
            raise Broken(BOUNDS, f"{name} is empty, and still open")
        if not len(room.sessions) == len(room.state.players) == room.feed.readers == present[name]:
            known = f"{list(room.sessions)} as sessions, {list(room.state.players)} as players"
            raise Broken(BOUNDS, f"{name} has {present[name]} players, and knows {known}; {room.feed.readers} read")
        if room.feed._behind:
            raise Broken(BOUNDS, f"{name} is quiet, and {len(room.feed._behind)} connections are still to catch up")
        on_disk = store.kept[name].sessions if name in store.kept else room.sessions
        if len(on_disk) != present[name]:
            promise = KEPT if len(on_disk) < present[name] else BOUNDS
            raise Broken(promise, f"{name} has {present[name]} players, and on disk the sessions {list(on_disk)}")


# ---------------------------------------------------------------------- in the end, everything is there


def all_there(view: View, newest: Chronicle) -> None:
    """When faults have ended, who is present has seen the whole log, and what it did is in it, or it was told."""
    if view.chronicle is not newest or view.seq != newest.last:
        raise Broken(END, f"{view} stands at {view.seq}, and the log ends at {newest.last}")
    if not newest.states[-1].players[view.me].here:
        raise Broken(HERE, f"{view} is there, and shown as away")
    there = {number for whose, number in newest.whose.values() if whose is view}
    missing = set(range(len(view.doings))) - there - view.undone
    if len(missing) > view.excused:
        raise Broken(END, f"{view} did {sorted(missing)}, of which it was told that {view.excused} are lost")


def nobody_comes_apart(chronicle: Chronicle) -> None:
    """Programs that hash the same state are never told that they have come apart."""
    for entry in chronicle.entries:
        if type(entry).__name__ == "Desync":
            raise Broken(FOLD, f"entry {entry.s} says that programs have come apart, and none had")
