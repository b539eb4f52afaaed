"""A program that sets timers, and what has run in it, in order."""

from __future__ import annotations

from typing import Any

import roomcast
from roomcast.core.protocol.messages import (
    Do,
    Tick,
    Wake,
)
from tests.client.offline_room import OfflineRoom
from tests.core.entries import raw

AT = 1_700_000_000_000


class Story:
    """What has run, in order: commands, and timers with their time."""

    def __init__(self, room: OfflineRoom) -> None:
        self.room = room
        self.lines: list[str] = []
        self.timers: list[roomcast.Timer] = []

        @room.command("say")
        def say(text: str) -> None:
            self.lines.append(text)

        @room.command("after")
        def after(seconds: float, name: str) -> None:
            self.timers.append(room.after(seconds, self.run, name))

        @room.command("every")
        def every(seconds: float, name: str) -> None:
            self.timers.append(room.every(seconds, self.run, name))

        @room.command("cancel")
        def cancel(which: int) -> None:
            self.timers[which].cancel()

    def run(self, name: str) -> None:
        self.lines.append(f"{name} at {self.room.time * 1000 - AT:g}")

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


def do(seq: int, at: int, command: str, *args: Any) -> Do:
    return Do(seq, "Alan", AT + at, command, raw(args))


def tick(at: int) -> Tick:
    return Tick(AT + at)


def asked(room: OfflineRoom) -> list[Wake]:
    """What the server is asked for now, with times since AT."""
    return [
        Wake(one.at and one.at - AT, one.every, one.start and one.start - AT)
        for one in room.written()
        if isinstance(one, Wake)
    ]


def in_a_function(room: OfflineRoom, use: Any) -> None:
    """Call it in a function for an entry."""
    command = f"use{room.seq}"
    room.command(command)(lambda: use())
    room.hear(do(room.seq + 1, 0, command))
    room.pump()
