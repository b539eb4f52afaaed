"""What the mistakes are made with: a server, players in its rooms, and what a person reads of a mistake."""

from __future__ import annotations

import functools
import logging
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.cli import main
from tests.integration.conftest import RunningServer
from tests.waiting import wait_for


@dataclass
class Table:
    """Where somebody sits and makes a mistake. `room` is entered as "Ada" when it is asked for first."""

    server: RunningServer
    folder: Path  # an empty one
    monkeypatch: pytest.MonkeyPatch
    caplog: pytest.LogCaptureFixture
    capsys: pytest.CaptureFixture[str]
    stack: ExitStack = field(default_factory=ExitStack)

    @functools.cached_property
    def room(self) -> roomcast.Room:
        return self.enter("Ada", "a table")

    def enter(self, name: str, room: str, **options: Any) -> roomcast.Room:
        return self.stack.enter_context(roomcast.join(self.server.address(room), name=name, **options))

    def start(self, **limits: Any) -> RunningServer:
        """Another server, with these limits."""
        server = RunningServer(**limits)
        self.stack.callback(server.stop)
        return server

    def listen(self) -> int:
        """A port on which something listens that never says anything."""
        listener = self.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        return int(listener.getsockname()[1])

    def pump_until_told(self, room: roomcast.Room | None = None) -> None:
        """Pump until something was logged. `room`: another one than that of the table."""
        room = room or self.room

        def told() -> bool:
            room.pump(wait=0.05)
            return bool(self._warnings())

        wait_for(told, what="something is said about it")

    def type(self, line: str) -> None:
        """Type a command line."""
        self.monkeypatch.setattr(sys, "argv", line.split())
        main()

    def what_is_read(self, make: Callable[[Table], object]) -> str:
        """Make the mistake; returns what a person reads of it: the last line of a traceback, a warning, or an error."""
        try:
            make(self)
        except SystemExit as end:
            if not end.code:
                raise
            return self.capsys.readouterr().err.strip().removeprefix("roomcast: ")
        except Exception as error:
            return "".join(traceback.format_exception_only(error)).strip().partition(": ")[2]
        return self._warnings()[-1]

    def _warnings(self) -> list[str]:
        return [one.getMessage() for one in self.caplog.records if one.levelno >= logging.WARNING]


@dataclass(frozen=True)
class Mistake:
    topic: str  # of the entry to which the message leads
    make: Callable[[Table], object]


MISTAKES: list[Mistake] = []


def mistake(topic: str) -> Callable[[Callable[[Table], object]], Callable[[Table], object]]:
    """Put a function that makes a mistake into `MISTAKES`."""

    def put(make: Callable[[Table], object]) -> Callable[[Table], object]:
        MISTAKES.append(Mistake(topic, make))
        return make

    return put
