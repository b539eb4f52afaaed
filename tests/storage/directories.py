"""A directory of rooms on a store, and one who asks it for a room."""

from __future__ import annotations

from typing import Any

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.clock import Clock
from roomcast.core.room.room import Room
from roomcast.core.server.accounts import Account
from roomcast.core.server.directory import Directory
from roomcast.errors import Refused
from tests.storage.disks import Disk
from tests.waiting import wait_for


class Guest:
    """As a peer that waits in its greeting until its room is open."""

    def __init__(self) -> None:
        self.answer: Room | Refused | None = None
        self.account = Account("10.0.0.1", Limits(address_time=1.0))

    def room_opened(self, room: Room, now: float) -> None:
        self.answer = room

    def open_failed(self, error: Refused) -> None:
        self.answer = error


def directory_of(disk: Disk, **limits: Any) -> Directory:
    return Directory(
        Limits(**limits), store=disk.store, secret=lambda: "s2", seed=str, clock=Clock(), wake=lambda: None
    )


def entered(directory: Directory, name: str) -> Room | Refused:
    """The room, or why it cannot be opened."""
    guest = Guest()
    room = directory.open(name, guest, 0.0)  # type: ignore[arg-type]
    if room is not None:
        return room

    def answer() -> Room | Refused | None:
        directory.poll_store(0.0)
        return guest.answer

    found = wait_for(answer, what=f"{name} is opened, or refused")
    assert found is not None
    return found
