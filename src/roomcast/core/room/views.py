"""The lines of a turn: what each reader is sent of it.

Whoever sees the same is sent the same bytes. What is for one player alone (that its command was taken, an answer) is
a tail of its line, and in no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Turn
from roomcast.core.protocol.turn_effects import NO_PATCH, NOTHING, Answer, Effects, Event, SentOut
from roomcast.core.room.decisions import Emitted, FieldTexts, Turned
from roomcast.core.room.fold import RoomState
from roomcast.core.room.private_lines import TurnLines, turn_lines
from roomcast.core.room.shadows import Patches, Seen, public_patches

_SENT_OUT: Final = "kicked"  # the code of `SentOut`
_ALL_ALIKE: Final[dict[str, Any]] = {}  # views where everyone sees the same state


class MadeTurn(Struct, frozen=True, gc=False):
    """A turn, ready for the log."""

    line: bytes  # public
    private: TurnLines | None  # None: everyone reads the public line
    changed: dict[str, FieldTexts]  # what it sets in the public state, by owner
    state: RoomState | None  # to which that comes: somebody comes or goes; None: the newest


def make_turn(
    kind: type[AnyEntry],
    fields: tuple[Any, ...],
    turned: Turned,
    taken: Mapping[str, list[int]],
    state: RoomState | None = None,
    seen: Seen | None = None,
) -> MadeTurn:
    """A turn that becomes an entry of that kind, with these fields (seq, player and time are the first of them).

    `taken`: by player, the numbers of its commands that are in it. `state`: as in `MadeTurn`. `seen`: None where
    everyone sees what has changed.
    """
    changed, (shared, players) = turned.changed, public_patches(turned)
    if seen is not None:
        changed, (shared, players) = seen.changed, seen.public
    events = turned.events
    nothing = NOTHING if kind is Turn else None
    sent_out = tuple(SentOut(player, _SENT_OUT) for player in turned.sent_out) if turned.sent_out else ()
    entry: Callable[..., AnyEntry] = kind

    def line(events: tuple[Event, ...], shared: Any = shared, players: Any = players) -> bytes:
        if sent_out or shared or players or events:
            return codec.encode(entry(*fields, x=Effects(sent_out, shared or NO_PATCH, players or NO_PATCH, events)))
        return codec.encode(entry(*fields, x=nothing))

    own: dict[str, bytes] = {}
    public = line(tuple([one.event for one in events if one.readers is None]) if events else ())
    if seen is not None and (seen.readers or seen.own):
        views = _views(seen, Patches(shared, players))
        own = {player: one for player, one in _own_lines(events, line, views).items() if one != public}
    elif events and any(one.readers is not None for one in events):
        own = _own_lines(events, line)
    tails = _tails(taken, turned.answers) if taken else {}
    return MadeTurn(public, turn_lines(public, own, tails) if own or tails else None, changed, state)


def _views(seen: Seen, public: Patches) -> dict[str, Patches]:
    """The patches of those who are sent others than the public ones; who has the same view has the same object."""
    views = dict(seen.readers)
    for player, patch in seen.own.items():
        shared, players = views.get(player, public)
        views[player] = Patches(shared, {**players, player: {**players.get(player, {}), **patch}})
    return views


def _own_lines(
    events: tuple[Emitted, ...], line: Callable[..., bytes], views: Mapping[str, Patches] = _ALL_ALIKE
) -> dict[str, bytes]:
    """The lines of those who see events that not everyone sees, or other state; one for each distinct view."""
    seen: dict[str, list[int]] = {}
    for place, one in enumerate(events):
        for reader in one.readers or ():
            seen.setdefault(reader, []).append(place)
    public = [place for place, one in enumerate(events) if one.readers is None]
    made: dict[tuple[int, tuple[int, ...]], bytes] = {}
    lines = {}
    for reader in {**seen, **views}:
        places, view = tuple(sorted(public + seen.get(reader, []))), views.get(reader)
        key = id(view), places
        if key not in made:
            made[key] = line(tuple([events[place].event for place in places]), *(view or ()))
        lines[reader] = made[key]
    return lines


def _tails(taken: Mapping[str, list[int]], answers: Mapping[str, list[Answer]]) -> dict[str, bytes]:
    tails = {}
    for player, numbers in taken.items():
        if player in answers:
            tails[player] = b',"ok":%b,"re":%b}' % (codec.encode(numbers), codec.encode(answers[player]))
        else:
            tails[player] = b',"ok":%b}' % codec.encode(numbers)
    return tails
