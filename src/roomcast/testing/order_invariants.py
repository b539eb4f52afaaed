"""One order for all: every program gets every entry, and is told of what it does not get."""

from __future__ import annotations

from typing import cast

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do, Entry, Hidden, Skipped
from roomcast.core.room.commit_log import Level
from roomcast.testing import rules_invariants
from roomcast.testing.program_view import ProgramView, WelcomeContext
from roomcast.testing.promises import KEPT, LOSS, ORDER, SKIP, Broken
from roomcast.testing.true_log import Place, TrueLog


def in_order(view: ProgramView, entry: Entry | Hidden) -> None:
    """Every program gets every entry, one after the other, as it is in the log. Private ones of others are hidden."""
    if entry.s != view.seq + 1:
        raise Broken(ORDER, f"{view} got entry {entry.s} after {view.seq}")
    if entry.s > view.log.last:
        raise Broken(ORDER, f"{view} got entry {entry.s}, and the log ends at {view.log.last}")
    rules = view.log.rules
    if rules is not None and entry.s in rules.moments and not isinstance(entry, Hidden):
        rules_invariants.reads_its_own_line(view, view.me, cast(AnyEntry, entry), view.log)
        return
    true = view.log.entries[entry.s - 1]
    hidden = isinstance(entry, Hidden)
    private = isinstance(true, Do) and true.to is not None
    own = isinstance(true, Do) and view.me in (true.by, *(true.to or ())) and entry.s > view.began
    if own and hidden and view.log.before is not None and entry.s < view.log.newest_join(view.me):
        return  # after a restart, the room cannot tell whether the player who had the id before that was another one
    if hidden != (private and not own) or not (hidden or entry == true):
        raise Broken(ORDER, f"{view} got {codec.encode(entry)!r} where the log has {codec.encode(true)!r}")


def lines_in_order(view: ProgramView, me: str, log: TrueLog, place: Place, line: bytes) -> Place:
    """A line client gets the commands of others in log order, each once. Returns the place of this one.

    Commands may be missing only if the room no longer keeps the first of them: the line protocol cannot report a skip.
    """
    expected = log.lines_for(me, place)
    for one, words in expected:
        if words == line:
            return one
        seq, more = expected[0][0]
        if seq + bool(more) >= log.room.log.first:
            break
    raise Broken(ORDER, f"{view} got {line!r}, which is not the next line after entry {place[0]}")


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


def lost_for_a_reason(view: ProgramView, welcome: WelcomeContext, reported: str) -> None:
    """A reported loss has happened, has the right number of entries, and never happens at level full."""
    log = welcome.log
    undone = welcome.seen - view.log.common(log)
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
    if view.sessions and view.log.rules is not None and view.me in view.log.rules.lab.sent_out:
        return  # it was sent out while it was away
    kept = welcome.log.level is Level.FULL or (view.sessions and view.log is welcome.log)
    if view.sessions and kept and not view.shared and welcome.away_for < welcome.window:
        raise Broken(KEPT, f"{view} was away for {welcome.away_for:.1f} s, and its session is gone")
