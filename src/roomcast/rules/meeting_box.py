"""Who may come into a room, and how it is found, as fields that rules set: kept and undone as all others are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Raw

from roomcast.core.protocol.meet_request import MOST_BYTES
from roomcast.core.protocol.names import shortened
from roomcast.core.room.meeting import Meeting
from roomcast.rules.boxes import Box
from roomcast.rules.json_texts import decoded
from roomcast.rules.rejection import Reject, RulesMistake

_SHOWN: Final = ("options", "listing")  # fields that anybody may read who asks for the rooms


class MeetingBox(Box):
    """The fields of a `Meeting`. Nobody in the room is sent them."""

    __slots__ = ("bound",)

    bound: int  # how many players the class lets in; 0: as many as the server allows

    def begin(self, made: Meeting) -> None:
        """The room is new, and somebody wanted it so."""
        self.set("options", made.options)
        self.set("private", made.private)
        self.set("locked", made.locked)
        self.set("listing", decoded(made.listing))
        self.set("password", made.password)

    def draft(self) -> bool:
        """As `Box.draft`: what is shown to those who look for a room is a dict, and small."""
        changed = Box.draft(self)
        for field in _SHOWN:
            text = self._drafts.get(field)
            if text is None:
                continue
            if text[:1] != b"{":
                raise RulesMistake(f'self.{field} is a dict, as in self.{field} = {{"map": "forest"}}')
            if len(text) > MOST_BYTES:
                raise RulesMistake(
                    f"self.{field} takes {len(text)} bytes as text, and may take {MOST_BYTES}: anybody may ask for it"
                )
        return changed

    @property
    def most_players(self) -> int:
        """How many this room lets in; 0: as many as the server allows."""
        return self._within_bound(self.get("seats")) if "seats" in self else self.bound

    def _within_bound(self, seats: int) -> int:
        """What a room has set may be more than the class has now."""
        return min(seats, self.bound) if self.bound else seats

    def set_most_players(self, most: int) -> None:
        """Raises `Reject`, for who wanted the room so: the number may be a stranger's."""
        if type(most) is not int or most < 1 or (self.bound and most > self.bound):
            how_many = f"1 to {self.bound}" if self.bound else "1 or more"
            raise Reject(f"a room of this kind has {how_many} seats (max_players), not {shortened(repr(most))}")
        self.set("seats", most)

    @property
    def meeting(self) -> Meeting:
        """What is kept."""
        texts = self.texts
        return Meeting(
            options=decoded(texts["options"]),
            private=decoded(texts["private"]),
            locked=decoded(texts["locked"]),
            listing=Raw(texts["listing"]),
            password=decoded(texts.get("password", b'""')),
            seats=self._within_bound(decoded(texts["seats"])) if "seats" in texts else self.bound,
        )


class MostPlayers:
    """`max_players`: of a class, what it says; of one of its rooms, what that has set. `box`: the fields of a room."""

    def __init__(self, bound: int, box: Callable[[Any], MeetingBox]) -> None:
        self._bound = bound
        self._box = box

    def __get__(self, room: object | None, cls: type) -> int:
        return self._bound if room is None else self._box(room).most_players

    def __set__(self, room: object, most: int) -> None:
        self._box(room).set_most_players(most)
