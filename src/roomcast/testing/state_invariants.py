"""State is the fold of the log, presence is right, and programs have the same state of their own."""

from __future__ import annotations

from roomcast.core.room.fold import RoomState
from roomcast.core.room.room import Room
from roomcast.testing import rules_invariants
from roomcast.testing.program_view import ProgramView
from roomcast.testing.promises import FOLD, HERE, OWN, Broken
from roomcast.testing.true_log import TrueLog


def is_the_fold(who: object, state: RoomState, log: TrueLog, seq: int, player: str = "") -> None:
    """Players and shared state follow from the log: in the room, in snapshots, in every program.

    `player`: of a room with rules, who it is, for it may see other things than others; "": one who looks on.
    """
    if log.rules is not None:
        rules_invariants.sees_what_it_may(who, player, state, log, seq)
        return
    true = log.states[seq]
    if state != true or list(state.players) != list(true.players):
        raise Broken(FOLD, f"{who} has, after entry {seq}, {state} instead of {true}")


def presence_is_right(room: Room) -> None:
    """A player is shown as here while it has a connection, and as away while it has none."""
    for session in room.sessions.values():
        if session.looks_on:
            continue
        record = room.state.players.get(session.id)
        if session.peer is not None and record is None:
            raise Broken(HERE, f"{session.id} is connected, and no player of {room.name}")
        if record is not None and record.here != (session.peer is not None):
            shown = "here" if record.here else "away"
            raise Broken(HERE, f"{session.id} is shown as {shown} in {room.name}, and is not")


def own_states_agree(view: ProgramView, state: str) -> None:
    """All programs that have run a room from its beginning or from a world have the same state at the same place."""
    if view.whole and not view.taint:
        log, place = view.log.origin(view.seq), (view.seq, view.before + len(view.runs))
        if log.own.setdefault(place, state) != state:
            raise Broken(OWN, f"{view} has another state than others, after entry {place[0]} and {place[1]} timers")
