"""What programs send: each action is done once, sums are right, nothing is sent too late, all arrives in the end."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from roomcast.core.client.client_events import Closed
from roomcast.core.protocol.messages import Do, Set, Turn
from roomcast.core.protocol.names import PARCEL
from roomcast.core.room.shared_map import SharedMap
from roomcast.testing.actions import Operation, RemoteProgram, action_of
from roomcast.testing.program_view import ProgramView
from roomcast.testing.promises import COUNTS, END, FRESH, HERE, ONCE, Broken
from roomcast.testing.true_log import TrueLog


def author_of(log: TrueLog, entry: Do | Set, programs: Sequence[RemoteProgram]) -> RemoteProgram | None:
    """Of the programs that have been the player of an entry, as two that share a session have: the one that sent it."""
    for program in reversed(programs):
        action, start, state = _next_action(log, entry, program)
        if program.actions.find(action, start, state) is not None:
            return program
    return programs[-1] if programs else None


def _next_action(log: TrueLog, entry: Do | Set, sender: RemoteProgram) -> tuple[tuple[Any, ...], int, SharedMap]:
    """An entry as an action; from which of its sender's on it may be one; and the state to which that came."""
    action, actions = action_of(entry), sender.actions
    start = max(log.last_action.get(actions, -1), actions.acknowledged) + 1
    return action, start, log.owned_by(entry.by if action[0] == "me" else "", entry.s - 1)


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
    action, start, state = _next_action(log, entry, sender)
    index = actions.find(action, start, state)
    if index is None:
        if isinstance(entry, Set) and actions.may_find(action, start):
            raise Broken(COUNTS, f"entry {entry.s} by {actions} is {action}, which no operation makes of {state}")
        raise Broken(ONCE, f"entry {entry.s} by {actions} is a duplicate, out of order, or was never sent: {action}")
    log.set_author(entry, actions, index)


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


def not_given_up_too_soon(view: ProgramView, turn: Turn) -> None:
    """A program is told that nobody knows what became of a command only where it will not hear of that."""
    if not view.shared and (known := view.unanswered.intersection(turn.ok)):
        raise Broken(ONCE, f"{view} was told that {known} are lost, and they are done by entry {turn.s}")


def closed_for_a_reason(view: ProgramView, closed: Closed) -> None:
    """A program that keeps to the protocol is not disconnected for good, unless it left or connected twice."""
    if closed.code == "kicked" and view.ruled:
        rules = view.log.rules if view.has_begun else None
        if rules is None or view.me in rules.lab.sent_out:
            return
    if closed.code == "rejected" and view.ruled:
        return  # as it came in, or came back after its seat was given up
    if closed.code not in ("left", "replaced"):
        raise Broken(END, f"{view} was disconnected for good: {closed.message} ({closed.code})")
