"""Rooms with rules: everyone reads what it may see, the whole of it, and nothing else."""

from __future__ import annotations

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Turn
from roomcast.core.room.fold import RoomState
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.room.shared_state import HELD, VIEWS
from roomcast.testing.audited_rules import AuditedBehaviour
from roomcast.testing.marked_secrets import Secrets
from roomcast.testing.promises import BOUNDS, END, LEAK, ONCE, ORDER, VIEW, Broken
from roomcast.testing.rules_model import value_of
from roomcast.testing.rules_record import GREETING
from roomcast.testing.true_log import TrueLog


def sees_what_it_may(who: object, player: str, state: RoomState, log: TrueLog, seq: int) -> None:
    """Each field that somebody has after an entry is as it may see it there. `player`: who it is; "": it looks on."""
    assert log.rules is not None
    right, true = log.rules.at(seq).seen_by(player), log.states[seq]
    players = {one.id: value_of(bytes(one.state.text())) for one in state.players.values()}
    shared = value_of(bytes(state.shared.text()))
    if players != right["players"] or shared != right["state"]:
        raise Broken(VIEW, f"{who} has, after entry {seq}, {players} and {shared} instead of {right}")
    here = [(one.id, one.name, one.here) for one in state.players.values()]
    if here != [(one.id, one.name, one.here) for one in true.players.values()]:
        raise Broken(VIEW, f"{who} has, after entry {seq}, the players {here} instead of {true}")


def reads_its_own_line(who: object, player: str, entry: AnyEntry, log: TrueLog) -> None:
    """A turn is read as it was made for its reader: with the events that are for it, and of its own commands alone."""
    assert log.rules is not None
    moment = log.rules.moments[entry.s]
    true = moment.entry_for(player)
    if entry != true:
        raise Broken(ORDER, f"{who} got {codec.encode(entry)!r} where the log has {codec.encode(true)!r} for it")
    effects = getattr(entry, "x", None)
    events = () if effects is None else effects.e
    right = moment.events_for(player)
    if events != right if right is not None else any(event.c != GREETING for event in events):
        raise Broken(VIEW, f"{who} got the events {events} by entry {entry.s} instead of {right}")
    if type(entry) is Turn:
        if list(entry.ok) != moment.numbers.get(player, []):
            raise Broken(ONCE, f"{who} heard that {entry.ok} are done by entry {entry.s}, of {moment.numbers}")
        if [one.n for one in entry.re] != moment.answered.get(player, []):
            raise Broken(ONCE, f"{who} got the answers {entry.re} by entry {entry.s}, of {moment.answered}")


def nothing_leaks(secrets: Secrets, name: str, player: str, data: bytes) -> None:
    """What is written to a connection has no secret in it that is for others. `player`: who is there; "": nobody."""
    if secret := secrets.leaked(data, player):
        raise Broken(LEAK, f"{name}, who is {player or 'no player'}, was sent {secret}: {data.decode()}")


def opened_with_numbers_of_what_was_done(log: TrueLog) -> None:
    """A room that opens again has taken no command of which a crash has undone what it did."""
    if log.rules is not None:
        for session in log.room.sessions.values():
            log.rules.numbers_are_of_what_was_done(session.id, session.n)


def all_work_has_ended(log: TrueLog) -> None:
    """In the end: whatever was to be done beside a room is done, or has failed, and its rules have heard of it."""
    if log.rules is not None and (jobs := log.rules.at(log.last).jobs):
        raise Broken(END, f"the rules of {log.room.name} have not heard what became of {list(jobs)}")


def held_is_counted(room: Room) -> None:
    """What the rules keep for themselves, and what views show, counts as state of the room."""
    if not isinstance(room, RuledRoom):
        return
    behaviour = room.behaviour
    assert isinstance(behaviour, AuditedBehaviour)
    boxes = behaviour.own, behaviour._timers.box, behaviour.found_by, behaviour._works.box, behaviour._known
    counted, held = room.state_sizes._by_owner, sum(box.size for box in boxes)
    if room.held:
        return  # a handler is about to change it
    if counted.get(HELD, held) != held:
        raise Broken(BOUNDS, f"the rules of {room.name} hold {held} bytes, and {counted.get(HELD)} are counted")
    if room._shadows is not None and counted.get(VIEWS, 0) != room._shadows.size:
        raise Broken(BOUNDS, f"views of {room.name} show {room._shadows.size} bytes, of which {counted} are counted")
