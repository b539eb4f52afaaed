"""Acknowledged means kept: what was seen is on disk, and is there again when a room opens."""

from __future__ import annotations

from roomcast.core.protocol.messages import NO_STATE, Join
from roomcast.core.room.commit_log import Level
from roomcast.testing.actions import RemoteProgram
from roomcast.testing.program_view import ProgramView
from roomcast.testing.promises import KEPT, Broken
from roomcast.testing.true_log import TrueLog


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
    if log.rules is not None:  # who comes into a room with rules has the state that these give it
        log.sessions.add("" if sender is None else sender.session)
        if join.state != NO_STATE:
            raise Broken(KEPT, f"{join.by} joined with the state {bytes(join.state)!r}")
        return
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
