"""What a server still has of those who are gone."""

from __future__ import annotations

from tests.core.fakes import House


def nothing_is_left(house: House) -> bool:
    """Whether nothing is left of anyone who was ever there."""
    directory = house.directory
    scheduler = directory._flushes
    return not (
        directory.peers
        or directory.rooms
        or len(directory.accounts)
        or directory._waiting._by_room
        or directory._waiting._waits_for
        or directory._observers._rooms
        or directory.revoked_sessions._ended
        or scheduler._changed
        or scheduler._paced
    )
