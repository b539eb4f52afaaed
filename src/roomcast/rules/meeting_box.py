"""Who may come into a room, and how it is found, as fields that rules set: kept and undone as all others are."""

from __future__ import annotations

from typing import Final

from msgspec import Raw

from roomcast.core.protocol.meet_request import MOST_BYTES
from roomcast.core.room.meeting import Meeting
from roomcast.rules.boxes import Box
from roomcast.rules.json_texts import decoded
from roomcast.rules.rejection import RulesMistake

_SHOWN: Final = ("options", "listing")  # fields that anybody may read who asks for the rooms


class MeetingBox(Box):
    """The fields of a `Meeting`. Nobody in the room is sent them."""

    __slots__ = ()

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
    def meeting(self) -> Meeting:
        """What is kept."""
        texts = self.texts
        return Meeting(
            options=decoded(texts["options"]),
            private=decoded(texts["private"]),
            locked=decoded(texts["locked"]),
            listing=Raw(texts["listing"]),
            password=decoded(texts.get("password", b'""')),
        )
