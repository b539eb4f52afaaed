"""Other rules for rooms that are open: each goes on with what it holds, and with everyone who is there."""

from __future__ import annotations

from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server.directory import Directory
from roomcast.errors import Refused


def change_rules(directory: Directory, now: float) -> dict[str, str]:
    """Give each open room with rules those that `directory.kinds` has for it now. Between two turns.

    Returns why not, by room: a sentence for who made the rules; "": it has them.
    """
    told: dict[str, str] = {}
    for room in list(directory.rooms.values()):
        if not isinstance(room, RuledRoom):
            continue
        kind = directory.kinds(room.name)
        if kind is None:
            told[room.name] = "there is no class for it any more"
            continue
        try:
            room.change_behaviour(kind.make(room.name, directory.seed(), room.meeting), now)
        except Refused as error:
            told[room.name] = error.message
        except RoomBroken as error:
            directory.room_broken(error)
        except Exception as error:  # whatever a maker's class raises when it is made
            told[room.name] = f"{type(error).__name__}: {error}"
        else:
            told[room.name] = ""
    return told
