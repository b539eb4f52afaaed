"""Who gives up its seat when a room is full and somebody else wants one, so that no address keeps the others out.

In this order:

1. Who is away, of the address that has the most seats, where these are more than `SMALL_SHARE`. In a small room, and of
   a few players behind one router, the seats of those who are away are kept as always.
2. Who is connected and has not said anything for `SILENT` seconds since it joined: no command, nothing set. A starter
   client gives way where its address has more such ones, any other player only to another address, and where its own
   has more than `SMALL_SHARE` of them. One who looks on honestly keeps its seat for `SILENT_LONG`.
3. Who came last of an address that has more than its share of the seats.

An address that has its share already only takes seats from itself. A share counts only when the room is full: a class
behind one router may fill a room that nobody else wants to enter. Who comes back to a full room only takes the seat of
one who is away: else two who never say anything would go on displacing each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final, NamedTuple

from roomcast.core.protocol.limits import SMALL_SHARE
from roomcast.core.room.session import Session

SILENT: Final = 10.0  # seconds since it joined or came back
SILENT_LONG: Final = 300.0  # the same, for one who looks on honestly as far as anybody can tell

AWAY_WHY: Final = "you were away"
SILENT_WHY: Final = "you had not said anything yet"
SHARE_WHY: Final = "players of your address have more than their share of its seats (setting: address-share)"


class Giving(NamedTuple):
    """A session that gives up its seat."""

    session: Session
    why: str  # for the player


def who_gives_way(
    seated: Collection[Session], address: str, share: int, now: float, *, returning: bool = False
) -> Giving | None:
    """Who of the players in a full room gives up its seat to one from `address`. None: nobody has to.

    `share`: how many of the seats one address may keep when others want them. `returning`: it had a seat before.
    """
    seats = Counter(session.address for session in seated)
    if seats[address] >= share:
        seated = [session for session in seated if session.address == address]
    giving = _away(seated, seats)
    if giving is None and not returning:
        giving = _silent(seated, address, now) or _beyond(seated, address, seats, share)
    return giving


def _away(seated: Collection[Session], seats: Counter[str]) -> Giving | None:
    away = [one for one in seated if one.peer is None and one.address and seats[one.address] > SMALL_SHARE]
    if not away:
        return None
    return Giving(min(away, key=lambda one: (-seats[one.address], one.since)), AWAY_WHY)


def _silent(seated: Collection[Session], address: str, now: float) -> Giving | None:
    silent = [one for one in seated if one.peer is not None and not one.n and now - one.since >= SILENT]
    of_address = Counter(one.address for one in silent)

    def gives_way(one: Session) -> bool:
        if now - one.since >= SILENT_LONG:
            return True
        if not one.secret:
            return of_address[one.address] > 1
        return one.address != address and of_address[one.address] > SMALL_SHARE

    silent = [one for one in silent if gives_way(one)]
    if not silent:
        return None
    return Giving(min(silent, key=lambda one: (-of_address[one.address], one.since)), SILENT_WHY)


def _beyond(seated: Collection[Session], address: str, seats: Counter[str], share: int) -> Giving | None:
    largest, most = max(seats.items(), key=lambda item: item[1], default=("", 0))
    if most <= share or largest in ("", address):
        return None
    return Giving([one for one in seated if one.address == largest][-1], SHARE_WHY)
