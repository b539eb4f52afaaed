"""An entry of the room's log, as programs read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from roomcast.client.blobs import put_back
from roomcast.client.json_arguments import plain
from roomcast.client.players import Player, Replica
from roomcast.client.read_only import read_only
from roomcast.core.client.parcels import Arrived, Dropped, Progress
from roomcast.core.protocol.messages import Away, Back, Desync, Do, Entry, Join, Json, Leave, Set, Turn
from roomcast.core.protocol.names import PARCEL
from roomcast.core.protocol.turn_effects import Effects
from roomcast.core.room.shared_map import members_of, values_of

PRESENCE: Final[dict[type[Entry], str]] = {Join: "join", Leave: "leave", Away: "away", Back: "back"}


class LogEntry(Struct, frozen=True):
    """An entry of the room's log, as `async for` gives it.

    Each piece of a call with bytes is an entry of the kind "piece", but for the last, at which the call is run: that is
    the "do".
    """

    seq: int
    """Its place in the room's order: 1, 2, 3 … without holes."""
    kind: str
    """"do" (a command), "set", "join", "leave", "away", "back", "desync", "piece", "turn" (the room's rules)."""
    player: Player
    """Whose entry it is: who called, set, came or left; of a "turn" the room itself, whose id is ""."""
    at: float
    """When the server put it in its place: Unix seconds, on the room's time (`room.time`). It never gets less."""
    command: str = ""
    """Of a command, its name."""
    args: tuple[Json, ...] = ()
    """Of a command, its positional arguments, as JSON carries them."""
    kwargs: dict[str, Json] | None = None
    """Of a command, its named arguments; None where it has none."""
    patch: dict[str, Json] | None = None
    """Of a "set", the new values by key; None stands for a key that was removed."""
    to: tuple[str, ...] | None = None
    """Of a command, the ids of the players who alone received it; None for everyone."""
    of: str = ""
    """Of a "set", whose state it is: "me" for the player's own, or "room"."""
    effects: tuple[LogEntry, ...] = ()
    """What the room's rules did with it, of a "turn" and where players come or go: in order, players who were sent out
    ("leave"), state that has changed ("set", of the player whose it is), what programs run ("do"). Each has the entry's
    `seq` and `at`."""


def log_entry_of(
    entry: Entry, player: Player, parcel: Progress | Arrived | Dropped | None, replica: Replica
) -> LogEntry:
    """The entry for programs, when it has been run.

    `parcel`: the result of `Incoming.add`, if the entry is a piece of a call with bytes.
    """
    at = entry.at / 1000
    if type(entry) is Do:
        if entry.c == PARCEL:
            return _of_parcel(entry, player, at, parcel)
        args, kwargs = plain(entry.a)
        return LogEntry(entry.s, "do", player, at, entry.c, args, kwargs, None, entry.to)
    if isinstance(entry, Set):
        return LogEntry(entry.s, "set", player, at, patch=read_only(values_of(entry.p), ("entry.patch",)), of=entry.of)
    if isinstance(entry, Desync):
        return LogEntry(entry.s, "desync", player, at)
    kind = "turn" if isinstance(entry, Turn) else PRESENCE[type(entry)]
    effects = getattr(entry, "x", None)
    done = () if effects is None else tuple(_effects(effects, entry.s, at, replica))
    return LogEntry(entry.s, kind, player, at, effects=done)


def _effects(effects: Effects, seq: int, at: float, replica: Replica) -> Iterator[LogEntry]:
    for one in effects.k:
        yield LogEntry(seq, "leave", replica.player(one.id), at)
    for whose, values in changes_of(effects, replica):
        patch = read_only(values, ("entry.effects[…].patch",))
        yield LogEntry(seq, "set", whose, at, patch=patch, of="me" if whose.id else "room")
    for event in effects.e:
        args, kwargs = plain(event.a)
        yield LogEntry(seq, "do", replica.player(event.by), at, event.c, args, kwargs)


def changes_of(effects: Effects, replica: Replica) -> list[tuple[Player, dict[str, Json]]]:
    """Whose state has changed (of the room: a player without an id), and the new values by key; None: it was removed.

    `replica`: as of the entry whose effects they are.
    """
    fold = replica.fold
    changes = []
    if keys := members_of(effects.p):
        changes.append((replica.player(""), {key: fold.shared.get(key) for key in keys}))
    for player, patch in members_of(effects.m).items():
        if (one := fold.players.get(player)) is not None:
            changes.append((replica.player(player), {key: one.state.get(key) for key in members_of(patch)}))
    return changes


def _of_parcel(entry: Do, player: Player, at: float, found: Progress | Arrived | Dropped | None) -> LogEntry:
    """The call, if it is the last piece of one; else a piece."""
    if isinstance(found, Arrived):
        args, kwargs = put_back(*plain(found.arguments), found.blobs, lambda place: True)
        return LogEntry(entry.s, "do", player, at, found.command, tuple(args), kwargs, to=entry.to)
    progress = found.progress if isinstance(found, Dropped) else found
    return LogEntry(entry.s, "piece", player, at, "" if progress is None else progress.command, to=entry.to)
