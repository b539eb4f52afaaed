"""Which room somebody is brought into who names a kind of rooms, and not a room.

The room is picked in the same step in which its seat is taken, so there is no reservation in between that could expire
or be given twice. A room that is being opened, or that waits for a handler, counts as one with as many players more as
wait for it: of many who come at once, the second does not make another room. Only rooms that were made in this way are
given to strangers; their names say so (`made_names`). Rooms are looked at in the order in which they may have got a
seat; those that have none are looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.made_names import is_private, made_name, read_made_name
from roomcast.core.protocol.meet_request import Meet, are_met, read_options
from roomcast.core.protocol.room_codes import RoomCodes
from roomcast.core.room.meeting import NO_BOARD, OPEN_TO_ALL, PRIVATE, Meeting, SeatBoard
from roomcast.core.room.room import Room
from roomcast.core.server.accounts import Account
from roomcast.core.server.prices import LOOKED_AT
from roomcast.core.server.room_kinds import RoomKinds, seats_of
from roomcast.core.server.room_passwords import hashed
from roomcast.core.server.similar_rooms import similar_kinds
from roomcast.core.server.waiting_peers import WaitingPeers
from roomcast.errors import Refused


class Meetings:
    """The rooms of one server into which people are brought. `secret` draws random bits, as text."""

    def __init__(
        self,
        limits: Limits,
        kinds: RoomKinds,
        rooms: Mapping[str, Room],
        waiting: WaitingPeers,
        codes: RoomCodes,
        secret: Callable[[], str],
    ) -> None:
        self._limits = limits
        self._kinds = kinds
        self._rooms = rooms
        self._waiting = waiting
        self._codes = codes
        self._secret = secret
        self._may_have_seats: dict[str, dict[str, None]] = {}  # by kind: names of rooms, among them some that are full
        self._wanted: dict[str, Meeting] = {}  # by name, of rooms that are being opened: how they are to be

    # ------------------------------------------------------------------ which room

    def choose(self, kind: str, meet: Meet, account: Account, now: float) -> str:
        """The name of the room for somebody who wants one of that kind; of a new one where there is none.

        Raises `BadArgument` (the kind) and `Refused` ("bad-argument": the options).
        """
        kind = names.clean_room_name(kind, self._limits)
        options = read_options(meet.options)
        if meet.seats > (most := seats_of(self._kinds(kind), self._limits)):
            why = f"a party of {meet.party} does not fit into a room of the kind {kind!r}, which has {most} seats"
            raise Refused("bad-argument", why)
        if options and self._kinds(kind) is None:
            why = f"the rooms of the kind {kind!r} have no rules that could read options: leave them out"
            raise Refused("bad-argument", why + self._meant(kind))
        by_itself = meet.how == "new" or meet.private or meet.password
        found = None if by_itself else self._find(kind, options, meet.seats, account, now)
        return found or self._new_name(kind, private=meet.private)

    def _find(self, kind: str, options: dict[str, Any], seats: int, account: Account, now: float) -> str | None:
        candidates = self._may_have_seats.get(kind, {})
        without: list[str] = []
        looked_at, found = 0, None
        for name in candidates:
            looked_at += 1
            room = self._rooms.get(name)
            free, meeting = self._opens_with_seats(name) if room is None else _seats_for_strangers(room)
            if not free:
                without.append(name)
                continue
            if room is not None and room.held:
                free -= self._waiting.count(name)  # who comes is no player of it yet
            if free >= seats and are_met(options, meeting.options) and (room is None or self._is_for_strangers(room)):
                found = name
                break
        for name in without:
            del candidates[name]
        account.charge(looked_at * LOOKED_AT, now)
        return found

    def _is_for_strangers(self, room: Room) -> bool:
        """Whether somebody is in it, or about to be the first. One that all have left has the end of another game."""
        if room.held and not room.log.last:
            return self._waiting.count(room.name) > 0
        return any(player.here for player in room.state.players.values())

    def brings_into(self, room: Room, meet: Meet) -> bool:
        """Whether a room is still one for somebody who was brought to it, and has waited until it was open.

        Only then it is known what is kept of it, and what its rules have made of it as they began.
        """
        if meet.how != "any" or not room.log.last:  # it is new, and was made for whoever comes first
            return True
        free, meeting = _seats_for_strangers(room)
        return free >= meet.seats and are_met(read_options(meet.options), meeting.options)

    def _opens_with_seats(self, name: str) -> tuple[int, Meeting]:
        """As `_seats_for_strangers`, of a room that is being opened."""
        meeting = self._wanted.get(name, PRIVATE)
        taken = self._waiting.count(name)
        is_shut = meeting.private or meeting.password or not taken
        return 0 if is_shut else max(0, seats_of(self._kinds(name), self._limits) - taken), meeting

    def _meant(self, room: str) -> str:
        """The end of a sentence for who wants rules where there are none: what may be meant."""
        near = similar_kinds(room, self._kinds.names)
        return f" (was {' or '.join(map(repr, near))} meant?)" if near else ""

    def _new_name(self, kind: str, *, private: bool) -> str:
        while True:
            name = made_name(kind, self._secret(), self._limits, private=private)
            if name not in self._rooms and name not in self._waiting and not self._codes.knows(name):
                return name

    # ------------------------------------------------------------------ what becomes of rooms

    def opening(self, name: str, meet: Meet | None) -> None:
        """A room is about to be opened; where it is new, it is to be as somebody wants it. Raises `Refused`."""
        options, password = {}, ""
        if meet is not None and self._kinds(name) is not None:
            options = read_options(meet.options)
            password = hashed(meet.password, self._secret()) if meet.password else ""
        elif meet is not None and meet.password:
            why = f"the room {name!r} has no rules, and rooms without rules have no password: make a private one"
            why += self._meant(name)
            raise Refused("bad-password", why)
        self._wanted[name] = Meeting(options=options, private=is_private(name), password=password)
        self._note(name)

    def take_wanted(self, name: str) -> Meeting:
        """How the room that is open now was to be."""
        return self._wanted.pop(name, OPEN_TO_ALL)

    def board_of(self, name: str) -> SeatBoard[Room]:
        """Where the room of that name says that it may have a seat."""
        return NO_BOARD if read_made_name(name) is None else self

    def changed(self, room: Room) -> None:
        """As `SeatBoard.changed`."""
        self._note(room.name)

    def closed(self, name: str) -> None:
        """There is no such room any more, or it could not be opened."""
        self._wanted.pop(name, None)
        made = read_made_name(name)
        if made is not None and made.kind in self._may_have_seats:
            candidates = self._may_have_seats[made.kind]
            candidates.pop(name, None)
            if not candidates:
                del self._may_have_seats[made.kind]

    def _note(self, name: str) -> None:
        made = read_made_name(name)
        if made is not None:
            self._may_have_seats.setdefault(made.kind, {})[name] = None


def _seats_for_strangers(room: Room) -> tuple[int, Meeting]:
    """How many may be brought into it."""
    meeting = room.meeting
    is_shut = meeting.locked or meeting.private or meeting.password
    return 0 if is_shut else room.free_seats, meeting
