"""To whom a command goes: players of the room, as a program gives them in `to=`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from roomcast.client.given import shown, text
from roomcast.client.players import Player, Replica
from roomcast.errors import BadArgument

MOST_IDS: Final = 10_000  # of players in a `to`: no room has so many, but an endless iterator would


def ids_of(to: Player | str | Iterable[Player | str], replica: Replica) -> tuple[str, ...]:
    """The players' ids. `replica`: the room that they must be of. Raises `BadArgument`."""
    if isinstance(to, Player | str):
        return (_id_of(to, replica),)
    try:
        several = tuple(islice(to, MOST_IDS + 1))
    except TypeError:
        raise BadArgument(
            f"to= takes a player, a player's id, or several of them, not {shown(to)}", topic="to"
        ) from None
    if len(several) > MOST_IDS:
        raise BadArgument(f"to= has more than {MOST_IDS:,} players: leave it out to send to everyone", topic="to")
    return tuple(_id_of(one, replica) for one in several)


def _id_of(one: object, replica: Replica) -> str:
    if isinstance(one, Player):
        if one._replica.room() != replica.room():
            raise BadArgument(f"to= has {one!r}, a player of another room: take those of room.players", topic="to")
        return one.id
    if not isinstance(one, str) or not one:
        raise BadArgument(f"to= takes a player, a player's id, or several of them, not {shown(one)}", topic="to")
    return text("an id in to=", one)
