"""The lines of a turn: what each reader is sent of it.

Whoever sees the same is sent the same bytes. What is for one player alone (that its command was taken, an answer) is
a tail of its line, and in no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Raw, Struct

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Turn
from roomcast.core.protocol.tree_patch import diff
from roomcast.core.protocol.turn_effects import NO_PATCH, NOTHING, Answer, Effects, Event, SentOut
from roomcast.core.room.decisions import Emitted, Turned
from roomcast.core.room.fold import PlayerState, RoomState
from roomcast.core.room.private_lines import TurnLines, turn_lines
from roomcast.core.room.shared_map import SharedMap

_SENT_OUT: Final = "kicked"  # the code of `SentOut`


class MadeTurn(Struct, frozen=True, gc=False):
    """A turn, ready for the log."""

    line: bytes  # public
    private: TurnLines | None  # None: everyone reads the public line
    state: RoomState  # after it


def make_turn(
    kind: type[AnyEntry],
    fields: tuple[Any, ...],
    turned: Turned,
    taken: Mapping[str, list[int]],
    before: RoomState,
) -> MadeTurn:
    """A turn that becomes an entry of that kind, with these fields (seq, player and time are the first of them).

    `taken`: by player, the numbers of its commands that are in it. `before`: the state to which the turn's changes
    come; for those who come or go, with them or without.
    """
    state, shared, players = _changed(before, turned)
    events = turned.events
    nothing = NOTHING if kind is Turn else None
    said = turned.sent_out or shared or players
    sent_out = tuple(SentOut(player, _SENT_OUT) for player in turned.sent_out) if turned.sent_out else ()
    entry: Callable[..., AnyEntry] = kind

    def line(events: tuple[Event, ...]) -> bytes:
        effects = Effects(sent_out, shared or NO_PATCH, players or NO_PATCH, events) if said or events else nothing
        return codec.encode(entry(*fields, x=effects))

    own: dict[str, bytes] = {}
    if not events:
        public = line(())
    else:
        public = line(tuple(one.event for one in events if one.readers is None))
        if any(one.readers is not None for one in events):
            own = _own_lines(events, line)
    tails = _tails(taken, turned.answers) if taken else {}
    return MadeTurn(public, turn_lines(public, own, tails) if own or tails else None, state)


def _changed(before: RoomState, turned: Turned) -> tuple[RoomState, Any, Any]:
    """The state after a turn, and the tree patches that lead there, to be encoded: of the room's state, of players'."""
    players, shared = before.players, before.shared
    patch: dict[str, Raw] = {}
    patches: dict[str, dict[str, Raw]] = {}
    if turned.sent_out:
        players = {player: one for player, one in players.items() if player not in turned.sent_out}
    for owner, fields in turned.changed.items():
        if not owner:
            patch = _diff(shared, fields)
            shared = shared.with_texts(fields)
        elif (one := players.get(owner)) is not None:
            if players is before.players:
                players = players.copy()
            if found := _diff(one.state, fields):
                patches[owner] = found
            players[owner] = PlayerState(owner, one.name, one.here, one.state.with_texts(fields))
    if players is before.players and shared is before.shared:
        return before, patch, patches
    records = before.known_records if players is before.players else None
    return RoomState(players, shared, before.seed, records), patch, patches


def _diff(state: SharedMap, fields: dict[str, Raw | None]) -> dict[str, Raw]:
    changes = {}
    for field, text in fields.items():
        change = diff(state.text_of(field), text)
        if change is not None:
            changes[field] = change
    return changes


def _own_lines(events: tuple[Emitted, ...], line: Callable[[tuple[Event, ...]], bytes]) -> dict[str, bytes]:
    """The lines of those who see events that not everyone sees; one for each distinct set of them."""
    seen: dict[str, list[int]] = {}
    for place, one in enumerate(events):
        for reader in one.readers or ():
            seen.setdefault(reader, []).append(place)
    public = [place for place, one in enumerate(events) if one.readers is None]
    made: dict[tuple[int, ...], bytes] = {}
    lines = {}
    for reader, places in seen.items():
        key = tuple(sorted(public + places))
        if key not in made:
            made[key] = line(tuple(events[place].event for place in key))
        lines[reader] = made[key]
    return lines


def _tails(taken: Mapping[str, list[int]], answers: Mapping[str, list[Answer]]) -> dict[str, bytes]:
    tails = {}
    for player, numbers in taken.items():
        tail = b',"ok":[%b]' % b",".join(b"%d" % n for n in numbers)
        if player in answers:
            tail += b',"re":' + codec.encode(answers[player])
        tails[player] = tail
    return tails
