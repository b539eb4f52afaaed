"""Other rules for rooms that are open: each goes on with what it holds, and with everyone who is there."""

from __future__ import annotations

from functools import partial

from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server.directory import Directory
from roomcast.errors import Refused


def change_rules(directory: Directory, now: float) -> dict[str, str]:
    """Give each open room with rules those that `directory.kinds` has for it now. Between two turns.

    A room in which nobody has been is closed: it begins anew, with the new rules, when somebody comes.

    Returns why not, by room: a sentence for who made the rules; "": it has them. A room that is held has them once it
    goes on; where it cannot, the log says so.
    """
    told: dict[str, str] = {}
    for room in list(directory.rooms.values()):
        if not isinstance(room, RuledRoom):
            continue
        if room.defer(partial(_change_later, directory, room)):
            told[room.name] = ""
        elif (why := _change(directory, room, now)) is not None:
            told[room.name] = why
    return told


def _change(directory: Directory, room: RuledRoom, now: float) -> str | None:
    """Why not; "": it has them; None: there is no such room any more."""
    kind = directory.kinds(room.name)
    if kind is None:
        return "there is no class for it any more"
    if not (room.log.last or room.sessions):  # what was done when it was made is in no entry yet
        directory.close_room(room.name, now)
        return None
    try:
        room.let_happen(now)
        if room.defer(partial(_change_later, directory, room)):
            return ""
        room.change_behaviour(kind.make(room.name, directory.seed(), room.meeting), now)
    except Refused as error:
        return error.message
    except RoomBroken as error:
        directory.room_broken(error)
        return None
    except Exception as error:  # whatever a maker's class raises when it is made
        return f"{type(error).__name__}: {error}"
    room.spectators, room.asks_who = kind.spectators, kind.auth is not None
    directory.end_looking_on(room)
    return ""


def _change_later(directory: Directory, room: RuledRoom, now: float) -> None:
    if directory.rooms.get(room.name) is room and (why := _change(directory, room, now)):
        directory.log(f"the room {room.name!r} goes on with the rules that it had: {why}")
